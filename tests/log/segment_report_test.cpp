// SPDX-License-Identifier: Apache-2.0
// Proves the verdicts on a single segment without a manifest, by cases in text
// (testdata/log/segment.txt), and that a writer at work is never taken for damage.
#include "log/segment_report.hpp"

#include "log/log_builder.hpp"
#include "log/reader.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace strata::test {
namespace {

const char* verdict_word(SegmentReport::Verdict verdict) {
    switch (verdict) {
        case SegmentReport::Verdict::clean:
            return "clean";
        case SegmentReport::Verdict::torn_tail:
            return "torn-tail";
        case SegmentReport::Verdict::damaged:
            return "damaged";
    }
    return "?";
}

std::string segment_case(const Case& test) {
    CHECK(test.command == "segment");
    LogBuilder builder;
    for (const std::string& line : test.lines()) {
        builder.line(line);
    }
    std::string text;
    const auto take = [&](const FrameView& frame) -> Status {
        text += fmt::format("{} {} mark {} before {}", frame.offset, frame_kind_name(frame.kind),
                            frame.mark, frame.operations_before);
        if (frame.kind == FrameKind::ops) {
            text += fmt::format(" #{}+{}", frame.first_sequence, frame.operations);
        }
        text += '\n';
        return {};
    };
    const auto report =
        read_segment_file(*files_of(builder.segments()), "/db/000000000003.wal", take);
    if (!report) {
        return fmt::format("{}: {}\n", error_code_name(report.error().code),
                           report.error().message);
    }
    text +=
        fmt::format("{}: end {} durable {} batches {} sequences {}-{}{}\n",
                    verdict_word(report->verdict), report->end, report->mark, report->batches,
                    report->first_sequence, report->last_sequence, report->seal ? " sealed" : "");
    if (report->dropped_bytes != 0) {
        text += fmt::format("dropped {} bytes {} frames\n", report->dropped_bytes,
                            report->dropped_frames);
    }
    if (!report->damage.empty()) {
        text += fmt::format("at {}: {}\n", report->damage_offset, report->damage);
    }
    return text;
}

TEST_CASE("single segments") { run_cases("log/segment.txt", segment_case); }

/// Shows a file as it was, until its size is asked for a second time: what a reader sees when a
/// writer appended between its first look at the end and its second one.
class GrowingFile final : public File {
  public:
    GrowingFile(std::string early, std::string late)
        : early_{std::move(early)}, late_{std::move(late)} {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        const std::string& bytes = asked_ > 1 ? late_ : early_;
        const Bytes rest = offset < bytes.size() ? Bytes{bytes}.substr(offset) : Bytes{};
        return rest.copy(out.data(), out.size());
    }
    Result<std::uint64_t> size() override {
        ++asked_;
        return late_.size();
    }
    Status write(std::uint64_t, Bytes) override { return refuse(); }
    Status reserve(std::uint64_t) override { return refuse(); }
    Status truncate(std::uint64_t) override { return refuse(); }
    Status sync() override { return {}; }

  private:
    static Status refuse() { return Error{ErrorCode::read_only, "nobody may write"}; }

    std::string early_;
    std::string late_;
    int asked_ = 0;
};

class GrowingFileSystem final : public FileSystem {
  public:
    GrowingFileSystem(std::shared_ptr<FileSystem> base, std::string early, std::string late)
        : base_{std::move(base)}, early_{std::move(early)}, late_{std::move(late)} {}

    Result<std::unique_ptr<File>> open(const std::string&, OpenMode mode) override {
        CHECK(mode == OpenMode::read);
        return std::unique_ptr<File>{std::make_unique<GrowingFile>(early_, late_)};
    }
    Status rename(const std::string&, const std::string&) override { return refuse(); }
    Status unlink(const std::string&) override { return refuse(); }
    Status create_directory(const std::string&) override { return refuse(); }
    Status sync_directory(const std::string&) override { return refuse(); }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        return base_->list(directory);
    }
    Result<std::optional<FileStatus>> status(const std::string& name) override {
        return base_->status(name);
    }
    Result<std::unique_ptr<FileLock>> lock(const std::string& name) override {
        return base_->lock(name);
    }

  private:
    static Status refuse() { return Error{ErrorCode::read_only, "a reader changes nothing"}; }

    std::shared_ptr<FileSystem> base_;
    std::string early_;
    std::string late_;
};

/// Two durable batches; the first one is seen only at the second look, the mark of the second one
/// at the first look.
TEST_CASE("a writer that appends behind the reader's back is not damage") {
    LogBuilder builder;
    builder.run("segment 3\nlink\nops a=1\nsynced\nops b=2\n");
    const std::string late = builder.segments().at(3).bytes;
    std::string early = late;
    early.replace(116, 28, 28, '\0');
    GrowingFileSystem files{files_of(builder.segments()), early, late};

    const auto none = [](const FrameView&) { return Status{}; };
    const auto report = must(read_segment_file(files, "/db/000000000003.wal", none));
    CHECK(report.verdict == SegmentReport::Verdict::clean);
    CHECK(report.batches == 2);

    const auto ignore = [](const LogBatch&) { return Status{}; };
    const auto verdict = must(read_log(files, "/db", builder.input({}, 3, 0), ignore));
    CHECK(verdict.batches == 2);
    CHECK_FALSE(verdict.torn);
}

TEST_CASE("the same file standing still is damage") {
    LogBuilder builder;
    builder.run("segment 3\nlink\nops a=1\nsynced\nops b=2\nflip 3 120");
    const std::string bytes = builder.segments().at(3).bytes;
    GrowingFileSystem files{files_of(builder.segments()), bytes, bytes};
    const auto ignore = [](const LogBatch&) { return Status{}; };
    const Error error = must_fail(read_log(files, "/db", builder.input({}, 3, 0), ignore));
    CHECK(error.code == ErrorCode::corruption);
}

}  // namespace
}  // namespace strata::test
