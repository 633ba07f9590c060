// SPDX-License-Identifier: Apache-2.0
#include "inspect/manifest_survey.hpp"

#include "base/coding.hpp"
#include "base/finding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata {
namespace {

constexpr std::size_t version_at = 8;
constexpr std::size_t flags_at = 20;

class ManifestReader {
  public:
    ManifestReader(Bytes bytes, const std::string& path, ManifestSurvey& survey)
        : in_{bytes}, size_{bytes.size()}, path_{path}, survey_{survey} {}

    void read() {
        read_header();
        if (read_segments() && read_tables()) {
            read_properties();
        }
    }

  private:
    [[nodiscard]] std::size_t offset() const { return size_ - in_.rest().size(); }

    bool stop(std::size_t at, const std::string& what) {
        survey_.damage.push_back({.file = path_, .offset = at, .message = what});
        return false;
    }

    void read_header() {
        Manifest& manifest = survey_.manifest;
        static_cast<void>(in_.take(version_at));
        survey_.version = in_.fixed<std::uint16_t>();
        static_cast<void>(in_.take(flags_at - version_at - 2));
        manifest.repaired = (in_.fixed<std::uint32_t>() & 1U) != 0;
        std::ranges::copy(in_.take(store_id_size), manifest.store.bytes.begin());
        for (std::uint64_t* field :
             {&manifest.number, &manifest.next_number, &manifest.last_sequence, &manifest.time_ms,
              &manifest.active, &manifest.active_key}) {
            *field = in_.fixed<std::uint64_t>();
        }
        for (std::uint32_t* count : {&sealed_, &runs_, &tables_, &properties_}) {
            *count = in_.fixed<std::uint32_t>();
        }
    }

    bool read_segments() {
        for (std::uint32_t i = 0; i < sealed_; ++i) {
            const std::size_t at = offset();
            SegmentFacts segment;
            for (std::uint64_t* field : {&segment.number, &segment.key, &segment.length,
                                         &segment.first_sequence, &segment.last_sequence}) {
                *field = in_.fixed<std::uint64_t>();
            }
            if (!in_.ok()) {
                return stop(at, fmt::format("segment {} of {} does not fit", i + 1, sealed_));
            }
            survey_.manifest.sealed.push_back(segment);
        }
        return true;
    }

    bool read_tables() {
        for (std::uint32_t i = 0; i < tables_; ++i) {
            const std::size_t at = offset();
            TableFacts facts;
            for (std::uint64_t* field :
                 {&facts.number, &facts.length, &facts.footer_check, &facts.file_check,
                  &facts.sequence_min, &facts.sequence_max, &facts.entries, &facts.deletes,
                  &facts.raw_bytes, &facts.tombstone_oldest_ms, &facts.expiry_last}) {
                *field = in_.fixed<std::uint64_t>();
            }
            const auto run = in_.fixed<std::uint32_t>();
            const auto tier = in_.fixed<std::uint32_t>();
            const auto min_size = in_.fixed<std::uint32_t>();
            const auto max_size = in_.fixed<std::uint32_t>();
            facts.key_min = in_.take(min_size);
            facts.key_max = in_.take(max_size);
            if (!in_.ok()) {
                return stop(at, fmt::format("table {} of {} does not fit", i + 1, tables_));
            }
            auto& runs = survey_.manifest.runs;
            if (runs.empty() || run != last_run_) {
                runs.push_back({.tier = tier});
                last_run_ = run;
            }
            runs.back().tables.push_back(std::move(facts));
        }
        return true;
    }

    void read_properties() {
        for (std::uint32_t i = 0; i < properties_; ++i) {
            const std::size_t at = offset();
            const auto name_size = in_.fixed<std::uint16_t>();
            const auto value_size = in_.fixed<std::uint32_t>();
            const Bytes name = in_.take(name_size);
            const Bytes value = in_.take(value_size);
            if (!in_.ok()) {
                stop(at, fmt::format("property {} of {} does not fit", i + 1, properties_));
                return;
            }
            survey_.manifest.properties.emplace_back(name, value);
        }
    }

    FieldReader in_;
    std::size_t size_;
    const std::string& path_;
    ManifestSurvey& survey_;
    std::uint32_t sealed_ = 0;
    std::uint32_t runs_ = 0;
    std::uint32_t tables_ = 0;
    std::uint32_t properties_ = 0;
    std::uint32_t last_run_ = 0;
};

}  // namespace

ManifestSurvey survey_manifest(Bytes bytes, const std::string& path) {
    ManifestSurvey survey;
    auto decoded = decode_manifest(bytes, path);
    if (decoded) {
        survey.manifest = decoded.take_value();
        survey.version = manifest_version;
        survey.has_header = true;
        return survey;
    }
    survey.damage.push_back(finding_of(path, decoded.error()));
    if (bytes.size() < manifest_header_size) {
        return survey;
    }
    survey.has_header = true;
    const std::size_t end =
        std::max(bytes.size() - std::min(bytes.size(), manifest_check_size), manifest_header_size);
    ManifestReader{bytes.substr(0, end), path, survey}.read();
    return survey;
}

}  // namespace strata
