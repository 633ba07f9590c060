// SPDX-License-Identifier: Apache-2.0
#include "table/verify.hpp"

#include "base/error.hpp"
#include "base/finding.hpp"
#include "base/hash.hpp"
#include "table/entry_sum.hpp"
#include "table/filter.hpp"
#include "table/properties.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

/// What a walk over all entries finds out; compared with properties and facts.
struct Tally {
    Properties found{};
    EntrySum sum{};
    std::string last_key{};  ///< of the last block
    Sequence last_sequence = 0;
};

/// Reads a file once, front to back, and hashes what passes if that is wanted, so that a check of
/// every block and of the whole file costs one pass.
class Stream {
  public:
    Stream(const TableFile& file, bool hashed) : file_{file}, hashed_{hashed} {}

    /// Bytes at an offset that is not below the last one asked for; valid until the next call.
    Result<Bytes> view(std::uint64_t offset, std::uint64_t size) {
        STRATA_TRY(read_to(offset, offset + size));
        return Bytes{buffer_.get() + (offset - at_), static_cast<std::size_t>(size)};
    }
    Result<std::uint64_t> digest() {
        while (end_ < length()) {
            STRATA_TRY(read_to(end_, std::min(end_ + step, length())));
        }
        return hash_.digest();
    }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

  private:
    /// Small enough that what was read is still in the processor's cache when it is looked at.
    static constexpr std::uint64_t step = std::uint64_t{256} << 10;

    [[nodiscard]] std::uint64_t length() const noexcept { return file_.footer().length; }

    /// Drops what stands before `keep` and reads on until `to`.
    Status read_to(std::uint64_t keep, std::uint64_t to) {
        while (end_ < to) {
            const std::uint64_t left = length() - std::min(end_, length());
            const std::uint64_t wanted = std::min(to - end_, data_block_size_max);
            const auto size = static_cast<std::size_t>(std::min(std::max(step, wanted), left));
            if (size == 0) {
                return corruption_at(file_.path(), end_, "the file ends before offset {}", to);
            }
            make_room(std::min(keep, end_), size);
            char* const fresh = buffer_.get() + (end_ - at_);
            STRATA_TRY(file_.read(end_, fresh, size));
            end_ += size;
            if (hashed_) {
                hash_.update({fresh, size});
            }
        }
        return {};
    }

    /// Moves the bytes from `keep` on to the front of a buffer with room for `size` more.
    void make_room(std::uint64_t keep, std::size_t size) {
        const char* const kept = buffer_.get() + (keep - at_);
        const auto held = static_cast<std::size_t>(end_ - keep);
        if (held + size > capacity_) {
            capacity_ = held + size;
            auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
            std::copy_n(kept, held, larger.get());
            buffer_ = std::move(larger);
        } else {
            std::copy_n(kept, held, buffer_.get());
        }
        at_ = keep;
    }

    const TableFile& file_;
    const bool hashed_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::uint64_t at_ = 0;   ///< the offset of the first byte in the buffer
    std::uint64_t end_ = 0;  ///< and behind the last
    StreamHash hash_{0};
};

class Verifier {
  public:
    Verifier(const TableExpectation& expected, const CheckOptions& options, CheckReport& report)
        : expected_{expected}, options_{options}, report_{report} {}

    Status run(FileSystem& files, const std::string& path);

  private:
    /// Notes damage and goes on; false. Any other error ends the check.
    template <typename T>
    Result<bool> take(Result<T> result, T& to);
    template <typename... Args>
    void found(std::uint64_t offset, fmt::format_string<Args...> format, Args&&... args) {
        report_.findings.push_back({.file = path_,
                                    .offset = offset,
                                    .message = fmt::format(format, std::forward<Args>(args)...)});
    }
    void note(const Error& error) { report_.findings.push_back(finding_of(path_, error)); }

    Status check_sections(const TableFile& file);
    Status check_blocks(const TableFile& file, Stream& stream);
    Status check_block(const TableFile& file, Stream& stream, std::uint32_t position);
    Result<BlockView> read_block(const TableFile& file, Stream& stream, std::uint32_t position);
    void check_entries(const BlockView& block, std::uint64_t offset);
    void check_filter(std::uint64_t offset);
    void tally(const Entry& entry, bool new_key);
    void check_zeros(std::uint64_t offset, Bytes gap);
    Status check_gap(const TableFile& file, std::uint64_t begin, std::uint64_t end);
    Status check_gaps(const TableFile& file);
    void check_totals(const TableFile& file);
    void check_facts(const TableFile& file, const TableFacts& facts);
    Status check_file_hash(Stream& stream, std::uint64_t expected);
    void compare(const char* what, std::uint64_t expected, std::uint64_t actual,
                 std::uint64_t offset);

    const TableExpectation& expected_;
    const CheckOptions& options_;
    CheckReport& report_;
    std::string path_;
    BlockFrame::Pointer index_;
    BlockFrame::Pointer filter_block_;
    BlockFrame::Pointer unfolded_;  ///< the block that is looked at, when it was compressed
    FilterView filter_;
    std::optional<Properties> properties_;
    Tally tally_;
    std::string key_;
    std::vector<std::uint64_t> hashes_;  ///< of the keys of the block that is looked at
    bool all_blocks_read_ = true;
};

template <typename T>
Result<bool> Verifier::take(Result<T> result, T& to) {
    if (result) {
        to = result.take_value();
        return true;
    }
    const ErrorCode code = result.error().code;
    if (code != ErrorCode::corruption && code != ErrorCode::unsupported) {
        return result.take_error();
    }
    note(result.error());
    return false;
}

Status Verifier::run(FileSystem& files, const std::string& path) {
    path_ = path;
    TableIdentity identity = expected_.identity;
    if (expected_.facts) {
        identity = {.number = expected_.facts->number,
                    .footer_check = expected_.facts->footer_check};
    }
    auto opened = TableFile::open(files, path, identity);
    report_.files += 1;
    if (!opened) {
        if (opened.error().code != ErrorCode::corruption) {
            return opened.take_error();
        }
        note(opened.error());
        return {};
    }
    const TableFile& file = *opened;
    STRATA_TRY(check_sections(file));
    Stream stream{file, options_.full && expected_.facts};
    if (options_.full && index_ != nullptr) {
        STRATA_TRY(check_blocks(file, stream));
    }
    STRATA_TRY(check_gaps(file));
    if (options_.full && index_ != nullptr && all_blocks_read_) {
        check_totals(file);
    }
    if (options_.full) {
        report_.bytes += file.footer().length;
        if (expected_.facts) {
            STRATA_TRY(check_file_hash(stream, expected_.facts->file_check));
        }
    }
    return {};
}

Status Verifier::check_sections(const TableFile& file) {
    const TableFooter& footer = file.footer();
    BlockFrame::Pointer block;
    const bool indexed = STRATA_TRY(take(file.read_index(), block));
    if (indexed) {
        index_ = std::move(block);
    }
    if (footer.filter_size != 0) {
        const bool read =
            STRATA_TRY(take(file.read_section(footer.filter(), BlockKind::filter), filter_block_));
        if (read) {
            const auto filter = FilterView::parse({filter_block_->data(), footer.filter_size});
            if (filter) {
                filter_ = *filter;
            } else {
                found(footer.filter().offset, "{}", filter.error().message);
            }
        }
    }
    const bool read =
        STRATA_TRY(take(file.read_section(footer.properties(), BlockKind::properties), block));
    if (read) {
        auto properties = decode_properties({block->data(), footer.properties_size});
        if (properties) {
            properties_ = properties.take_value();
        } else {
            found(footer.properties().offset, "{}", properties.error().message);
        }
    }
    return {};
}

Status Verifier::check_blocks(const TableFile& file, Stream& stream) {
    constexpr std::uint64_t progress_step = std::uint64_t{4} << 20;
    std::uint64_t told = 0;
    for (std::uint32_t i = 0; i < index_->view.count(); ++i) {
        STRATA_TRY(check_block(file, stream, i));
        if (options_.progress && stream.end() - told >= progress_step) {
            told = stream.end();
            options_.progress(told, file.footer().length);
        }
    }
    return {};
}

/// Reads a block, and in passing the gap before it.
Result<BlockView> Verifier::read_block(const TableFile& file, Stream& stream,
                                       std::uint32_t position) {
    const BlockHandle handle = handle_at(index_->view, position);
    const std::uint64_t begin = position == 0 ? 0 : handle_at(index_->view, position - 1).end();
    const Bytes bytes = STRATA_TRY(stream.view(begin, handle.end() - begin));
    const auto gap = static_cast<std::size_t>(handle.offset - begin);
    check_zeros(begin, bytes.substr(0, gap));
    return file.view_data(handle, bytes.substr(gap), unfolded_);
}

Status Verifier::check_block(const TableFile& file, Stream& stream, std::uint32_t position) {
    BlockView block;
    const bool read = STRATA_TRY(take(read_block(file, stream, position), block));
    report_.blocks += 1;
    if (!read) {
        all_blocks_read_ = false;
        return {};
    }
    const Status bounds = file.check_bounds(index_->view, position, block);
    if (!bounds) {
        note(bounds.error());
    }
    check_entries(block, handle_at(index_->view, position).offset);
    return {};
}

/// Walks the records of a block, whose order among themselves its view has checked. Filter lines
/// are fetched while the walk goes on, and looked at behind it.
void Verifier::check_entries(const BlockView& block, std::uint64_t offset) {
    std::string& key = key_;
    key.assign(block.prefix());
    BlockRecord previous;
    hashes_.clear();
    for (std::uint32_t i = 0; i < block.count(); ++i) {
        const BlockRecord record = block.record(i);
        key.resize(block.key_size(record) + block_head_size);
        block.copy_suffix(i, record, key.data() + block.prefix().size());
        key.resize(block.key_size(record));
        bool new_key = true;
        if (i > 0) {
            new_key = block.head(i) != block.head(i - 1) ||
                      record.suffix_size != previous.suffix_size || record.rest != previous.rest;
        } else if (tally_.found.entries != 0) {
            const int order = tally_.last_key.compare(key);
            new_key = order != 0;
            if (order > 0 || (order == 0 && tally_.last_sequence <= record.sequence)) {
                found(offset, "the first entry does not come after the last of the block before");
            }
        }
        if (new_key) {
            hashes_.push_back(hash64(key, 0));
            filter_.prefetch(hashes_.back());
        }
        tally({.key = key,
               .sequence = record.sequence,
               .kind = record.kind,
               .value = record.value,
               .expiry = record.expiry},
              new_key);
        previous = record;
    }
    tally_.last_key = key;
    tally_.last_sequence = previous.sequence;
    report_.entries += block.count();
    check_filter(offset);
}

void Verifier::check_filter(std::uint64_t offset) {
    std::uint64_t missing = 0;
    for (const std::uint64_t hash : hashes_) {
        missing += filter_.may_contain(hash) ? 0U : 1U;
    }
    if (missing != 0) {
        found(offset, "the filter denies {} of the keys of this block", missing);
    }
}

void Verifier::tally(const Entry& entry, bool new_key) {
    Properties& p = tally_.found;
    if (p.entries == 0) {
        p.key_min = entry.key;
        p.sequence_min = entry.sequence;
    }
    p.entries += 1;
    p.keys += new_key ? 1 : 0;
    p.raw_bytes += entry.key.size() + entry.value.size();
    p.sequence_min = std::min(p.sequence_min, entry.sequence);
    p.sequence_max = std::max(p.sequence_max, entry.sequence);
    p.puts += entry.kind != Kind::del ? 1 : 0;
    p.deletes += entry.kind == Kind::del ? 1 : 0;
    if (entry.kind == Kind::put_expiring) {
        p.expiring += 1;
        p.expiry_min = p.expiring == 1 ? entry.expiry : std::min(p.expiry_min, entry.expiry);
        p.expiry_max = std::max(p.expiry_max, entry.expiry);
    }
    tally_.sum.add(entry);
}

void Verifier::check_zeros(std::uint64_t offset, Bytes gap) {
    if (gap.find_first_not_of('\0') != Bytes::npos) {
        found(offset, "the {} bytes between two blocks are not zero", gap.size());
    }
}

Status Verifier::check_gap(const TableFile& file, std::uint64_t begin, std::uint64_t end) {
    char bytes[table_section_alignment];
    if (end < begin || end - begin > sizeof bytes) {
        if (file.footer().optional_bits == 0) {
            found(begin, "bytes up to {} belong to nothing", end);
        }
        return {};
    }
    const auto size = static_cast<std::size_t>(end - begin);
    STRATA_TRY(file.read(begin, bytes, size));
    check_zeros(begin, {bytes, size});
    return {};
}

/// The gaps behind the last block and between the sections.
Status Verifier::check_gaps(const TableFile& file) {
    const TableFooter& footer = file.footer();
    if (index_ != nullptr) {
        const BlockHandle last = handle_at(index_->view, index_->view.count() - 1);
        STRATA_TRY(check_gap(file, last.end(), footer.sections_begin()));
    }
    if (footer.filter_size != 0) {
        STRATA_TRY(check_gap(file, footer.filter().end(), footer.index().offset));
    }
    STRATA_TRY(check_gap(file, footer.index().end(), footer.properties().offset));
    return check_gap(file, footer.properties().end(), footer.length - table_footer_size);
}

void Verifier::compare(const char* what, std::uint64_t expected, std::uint64_t actual,
                       std::uint64_t offset) {
    if (expected != actual) {
        found(offset, "{} is {}, but the entries say {}", what, expected, actual);
    }
}

void Verifier::check_totals(const TableFile& file) {
    Properties& actual = tally_.found;
    actual.key_max = tally_.last_key;
    if (actual.expiring != actual.entries) {
        actual.expiry_max = 0;
    }
    if (filter_block_ != nullptr) {
        compare("the filter's number of keys", filter_.keys(), actual.keys,
                file.footer().filter().offset);
    }
    if (index_->view.compare_key(index_->view.count() - 1, actual.key_max) != 0) {
        found(file.footer().index().offset, "the last separator is not the greatest key");
    }
    if (properties_) {
        const std::uint64_t offset = file.footer().properties().offset;
        const Properties& p = *properties_;
        compare("entries", p.entries, actual.entries, offset);
        compare("keys", p.keys, actual.keys, offset);
        compare("puts", p.puts, actual.puts, offset);
        compare("deletes", p.deletes, actual.deletes, offset);
        compare("expiring", p.expiring, actual.expiring, offset);
        compare("raw.bytes", p.raw_bytes, actual.raw_bytes, offset);
        compare("seq.min", p.sequence_min, actual.sequence_min, offset);
        compare("seq.max", p.sequence_max, actual.sequence_max, offset);
        compare("expiry.min", p.expiry_min, actual.expiry_min, offset);
        compare("expiry.max", p.expiry_max, actual.expiry_max, offset);
        compare("entry.sum", p.entry_sum, tally_.sum.value(), offset);
        compare("data.end", p.data_end, handle_at(index_->view, index_->view.count() - 1).end(),
                offset);
        if (p.key_min != actual.key_min || p.key_max != actual.key_max) {
            found(offset, "key.min and key.max are not the first and the last key");
        }
    }
    if (expected_.entry_sum) {
        compare("the sum of what was written", *expected_.entry_sum, tally_.sum.value(), 0);
    }
    if (expected_.facts) {
        check_facts(file, *expected_.facts);
    }
}

void Verifier::check_facts(const TableFile& file, const TableFacts& facts) {
    const Properties& actual = tally_.found;
    compare("the manifest's length", facts.length, file.footer().length, 0);
    compare("the manifest's number of entries", facts.entries, actual.entries, 0);
    compare("the manifest's number of deletes", facts.deletes, actual.deletes, 0);
    compare("the manifest's raw bytes", facts.raw_bytes, actual.raw_bytes, 0);
    compare("the manifest's least sequence", facts.sequence_min, actual.sequence_min, 0);
    compare("the manifest's greatest sequence", facts.sequence_max, actual.sequence_max, 0);
    compare("the manifest's last expiry", facts.expiry_last, actual.expiry_max, 0);
    if (facts.key_min != actual.key_min || facts.key_max != actual.key_max) {
        found(0, "the manifest's least and greatest key are not the first and the last key");
    }
}

Status Verifier::check_file_hash(Stream& stream, std::uint64_t expected) {
    const std::uint64_t digest = STRATA_TRY(stream.digest());
    if (digest != expected) {
        found(0, "the manifest's check of the whole file is {:016x}, but its bytes have {:016x}",
              expected, digest);
    }
    return {};
}

}  // namespace

Status verify_table(FileSystem& files, const std::string& path, const TableExpectation& expected,
                    const CheckOptions& options, CheckReport& report) {
    return Verifier{expected, options, report}.run(files, path);
}

Status read_back(FileSystem& files, const std::string& path, const TableFacts& facts,
                 std::uint64_t entry_sum) {
    CheckReport report;
    TableExpectation expected;
    expected.facts = facts;
    expected.entry_sum = entry_sum;
    STRATA_TRY(verify_table(files, path, expected, CheckOptions{}, report));
    if (!report.findings.empty()) {
        const Finding& first = report.findings.front();
        return corruption_at(path, first.offset, "{} ({} findings when read back)", first.message,
                             report.findings.size());
    }
    return {};
}

}  // namespace strata
