// SPDX-License-Identifier: Apache-2.0
#include "inspect/footer_search.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

constexpr std::uint64_t appended_max = std::uint64_t{1} << 20;
constexpr std::size_t number_at = 8;
constexpr std::size_t version_at = 36;

class FooterSearch {
  public:
    FooterSearch(File& file, const std::string& path, std::optional<std::uint64_t> number)
        : file_{file}, path_{path}, number_{number} {}

    Result<FoundFooter> run() {
        length_ = STRATA_TRY(file_.size());
        if (length_ < table_footer_size) {
            return corruption_at(path_, 0, "not a table, or cut short: {} bytes, a footer has {}",
                                 length_, table_footer_size);
        }
        const std::uint64_t last = length_ - table_footer_size;
        const std::string bytes = STRATA_TRY(read(last, table_footer_size));
        auto sound = decode_footer(bytes, length_);
        if (sound) {
            return FoundFooter{.footer = *sound, .offset = last};
        }
        if (sound.error().code == ErrorCode::unsupported) {
            return make_error(ErrorCode::unsupported, "{}: at {}: {}", path_, last,
                              sound.error().message);
        }
        damage_ = sound.error().message;
        if (auto found = mend(bytes, last)) {
            return std::move(*found);
        }
        std::optional<FoundFooter> earlier = STRATA_TRY(look_before(last));
        if (earlier) {
            return std::move(*earlier);
        }
        return corruption_at(path_, last, "{}; without the footer no block can be verified",
                             damage_);
    }

  private:
    Result<std::string> read(std::uint64_t offset, std::size_t size) {
        std::string bytes(size, '\0');
        const std::size_t got = STRATA_TRY(file_.read(offset, bytes));
        bytes.resize(got);
        return bytes;
    }

    [[nodiscard]] std::optional<FoundFooter> accept(Bytes bytes, std::uint64_t offset,
                                                    std::string damage) const {
        const auto footer = decode_footer(bytes, length_);
        if (!footer) {
            return {};
        }
        return FoundFooter{.footer = *footer, .offset = offset, .damage = std::move(damage)};
    }

    /// A footer of 48 checked bytes has 16384 neighbours in one byte: a millisecond of hashing,
    /// and 2^-50 for a wrong one that verifies.
    [[nodiscard]] std::optional<FoundFooter> mend(const std::string& bytes,
                                                  std::uint64_t offset) const {
        std::string known = bytes;
        store(known.data(), length_);
        if (number_) {
            store(known.data() + number_at, *number_);
        }
        store(known.data() + version_at, std::uint64_t{table_version});
        store(known.data() + version_at + 8, std::uint32_t{0});
        known.replace(known.size() - table_magic.size(), table_magic.size(), table_magic);
        if (auto found = accept(known, offset, damage_ + "; fields of known value were mended")) {
            return found;
        }
        for (const std::string& start : {bytes, known}) {
            for (std::size_t i = 0; i < start.size(); ++i) {
                std::string trial = start;
                for (int value = 0; value < 256; ++value) {
                    trial[i] = static_cast<char>(value);
                    if (auto found =
                            accept(trial, offset,
                                   fmt::format("{}; it verifies with byte {} changed from {:02x} "
                                               "to {:02x}",
                                               damage_, offset + i,
                                               static_cast<unsigned char>(bytes[i]), value))) {
                        return found;
                    }
                }
            }
        }
        return {};
    }

    /// A footer says the length of its file, so one that stands in front of appended bytes is
    /// known by its place.
    Result<std::optional<FoundFooter>> look_before(std::uint64_t last) {
        const std::uint64_t begin = last - std::min(last, appended_max);
        const std::string bytes =
            STRATA_TRY(read(begin, static_cast<std::size_t>(length_ - begin)));
        std::size_t at = bytes.rfind(table_magic);
        while (at != std::string::npos) {
            const std::uint64_t end = begin + at + table_magic.size();
            if (at + table_magic.size() >= table_footer_size && end < length_) {
                const Bytes footer = Bytes{bytes}.substr(
                    at + table_magic.size() - table_footer_size, table_footer_size);
                const auto decoded = decode_footer(footer, end);
                if (decoded) {
                    return std::optional<FoundFooter>{
                        {.footer = *decoded,
                         .offset = end - table_footer_size,
                         .damage = fmt::format("the file is longer than its footer says, by {}",
                                               length_ - end)}};
                }
            }
            at = at == 0 ? std::string::npos : bytes.rfind(table_magic, at - 1);
        }
        return std::optional<FoundFooter>{};
    }

    File& file_;
    const std::string& path_;
    std::optional<std::uint64_t> number_;
    std::uint64_t length_ = 0;
    std::string damage_;
};

}  // namespace

Result<FoundFooter> find_footer(File& file, const std::string& path,
                                std::optional<std::uint64_t> number) {
    return FooterSearch{file, path, number}.run();
}

}  // namespace strata
