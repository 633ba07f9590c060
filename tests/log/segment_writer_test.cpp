// SPDX-License-Identifier: Apache-2.0
// Proves what a segment holds after each call of its writer, that room is reserved before bytes
// are written, and that a full or failing disk leaves what was promised.
#include "log/segment_writer.hpp"

#include "base/file_name.hpp"
#include "entry/operation.hpp"
#include "log/segment_report.hpp"

#include "support/files.hpp"
#include "support/must.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace strata::test {
namespace {

constexpr std::uint64_t KiB = 1024;
const std::string path = "/000000000007.wal";

StoreId store() {
    StoreId id;
    id.bytes.fill('s');
    return id;
}

std::string batch_of(std::size_t value_size) {
    std::string encoded;
    append_operation(encoded, {.key = "k", .value = std::string(value_size, 'v')});
    return encoded;
}

std::unique_ptr<SegmentWriter> started(FileSystem& files) {
    auto writer = must(SegmentWriter::prepare(files, "/", 7, store()));
    writer->add_link({.first_sequence = 1}, 64);
    must(writer->reserve());
    must(writer->write());
    return writer;
}

/// Kinds of a segment's frames, in order, then its verdict.
std::string kinds(FileSystem& files) {
    std::string text;
    const auto report = must(read_segment_file(files, path, [&](const FrameView& frame) {
        text += std::string{frame_kind_name(frame.kind)} + ' ';
        return Status{};
    }));
    return text + (report.verdict == SegmentReport::Verdict::clean ? "clean" : "not clean");
}

std::uint64_t size_of(FileSystem& files) { return must(files.status(path))->size; }

TEST_CASE("a prepared segment is durable, name, header and room") {
    const auto files = StrictFileSystem::create();
    const auto writer = must(SegmentWriter::prepare(*files, "/", 7, store()));
    CHECK(writer->number() == 7);
    CHECK(writer->end() == 64);
    const auto left = files->crash_clone(CrashPolicy::drop, 1);
    CHECK(size_of(*left) == 256 * KiB);
    const auto report = must(read_segment_file(*left, path, [](const FrameView&) {
        FAIL("there is no frame yet");
        return Status{};
    }));
    CHECK(report.header.number == 7);
    CHECK(report.header.store == store());
    CHECK(report.key == writer->key());
    CHECK(report.end == 64);
}

TEST_CASE("two segments never share a key") {
    const auto files = StrictFileSystem::create();
    const std::uint64_t key = must(SegmentWriter::prepare(*files, "/", 7, store()))->key();
    must(files->unlink(path));
    CHECK(must(SegmentWriter::prepare(*files, "/", 7, store()))->key() != key);
}

TEST_CASE("a number that is taken is refused and left alone") {
    const auto files = StrictFileSystem::create();
    create_file(*files, path, "mine");
    CHECK_FALSE(SegmentWriter::prepare(*files, "/", 7, store()).has_value());
    CHECK(content_of(*files, path) == "mine");
}

TEST_CASE("a group is written whole, and only by write()") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    CHECK(kinds(*files) == "link clean");
    writer->add_batch(batch_of(5), 1, 64);
    writer->add_batch(batch_of(6), 1, 64);
    CHECK(writer->operations() == 2);
    CHECK(writer->pending() > 0);
    CHECK(kinds(*files) == "link clean");
    must(writer->reserve());
    must(writer->write());
    CHECK(writer->pending() == 0);
    CHECK(kinds(*files) == "link ops ops clean");
}

TEST_CASE("a discarded group leaves no trace") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    const std::uint64_t end = writer->end();
    writer->add_batch(batch_of(5), 1, 64);
    writer->add_seal({}, 64);
    writer->discard();
    CHECK(writer->end() == end);
    CHECK(writer->operations() == 0);
    CHECK(writer->pending() == 0);
    writer->add_batch(batch_of(6), 1, 64);
    writer->add_mark(1, 64);
    must(writer->reserve());
    must(writer->write());
    CHECK(kinds(*files) == "link ops mark clean");
}

TEST_CASE("only what was synced survives a cut, and finish cuts the reserve off") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    writer->add_batch(batch_of(5), 1, 64);
    must(writer->write());
    must(writer->sync());
    const std::uint64_t durable = writer->end();
    writer->add_batch(batch_of(6), 1, durable);
    must(writer->write());
    CHECK(kinds(*files->crash_clone(CrashPolicy::drop, 1)) == "link ops clean");
    writer->add_seal({}, durable);
    must(writer->reserve());
    must(writer->write());
    must(writer->finish());
    const auto left = files->crash_clone(CrashPolicy::drop, 1);
    CHECK(size_of(*left) == writer->end());
    CHECK(kinds(*left) == "link ops ops seal clean");
}

TEST_CASE("room grows in steps that follow the size") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    std::vector<std::uint64_t> sizes{size_of(*files)};
    while (sizes.back() < 65 * 1024 * KiB) {
        writer->add_batch(batch_of(128 * KiB), 1, 64);
        must(writer->reserve());
        REQUIRE(size_of(*files) >= writer->end() + writer->pending() + seal_frame_size);
        must(writer->write());
        if (size_of(*files) != sizes.back()) {
            sizes.push_back(size_of(*files));
        }
    }
    CHECK(sizes == std::vector<std::uint64_t>{256 * KiB, 1024 * KiB, 4096 * KiB, 16384 * KiB,
                                              65536 * KiB, 114688 * KiB});
}

TEST_CASE("groups of some KiB that are synced find blocks that were written before") {
    const auto disk = StrictFileSystem::create();
    const auto files = FaultFileSystem::create(disk);
    std::uint64_t writes = 0;
    files->set_decide([&](const FileCall& call) {
        writes += call.name == "write" ? 1U : 0U;
        return Fault::none;
    });
    const auto writer = started(*files);
    std::string expected = "link";
    const auto writes_of = [&](std::size_t size, std::uint64_t groups, bool sync_follows) {
        writes = 0;
        for (std::uint64_t i = 0; i < groups; ++i) {
            writer->add_batch(batch_of(size), 1, 64);
            must(writer->reserve());
            must(writer->write(sync_follows));
            expected += " ops";
        }
        return writes;
    };
    CHECK(writes_of(1 * KiB, 20, true) == 20);
    CHECK(writes_of(8 * KiB, 20, false) == 20);
    // A MiB of zeros, 64 KiB at a time, but no more than is reserved: 256 KiB, then a MiB.
    const std::uint64_t pieces = writes_of(8 * KiB, 60, true) - 60;
    CHECK(pieces >= 5);
    CHECK(pieces <= 2 * 16 + 2);
    CHECK(writes_of(100 * KiB, 20, true) == 20);
    CHECK(writes_of(8 * KiB, 200, true) > 200);
    CHECK(kinds(*disk) == expected + " clean");
    CHECK(size_of(*disk) >= writer->end());
}

TEST_CASE("a batch far beyond a step gets its room at once") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    writer->add_batch(batch_of(6 * 1024 * KiB), 1, 64);
    must(writer->reserve());
    CHECK(size_of(*files) == writer->end() + writer->pending() + seal_frame_size);
}

TEST_CASE("a small disk gets small segments, a full one none") {
    const auto files = StrictFileSystem::create();
    files->set_capacity(100 * KiB);
    const auto writer = must(SegmentWriter::prepare(*files, "/", 7, store()));
    CHECK(size_of(*files) == 16 * KiB);
    files->set_capacity(20 * KiB);
    const Error error = must_fail(SegmentWriter::prepare(*files, "/", 8, store()));
    CHECK(error.code == ErrorCode::no_space);
    CHECK_FALSE(exists(*files, "/000000000008.wal"));
}

TEST_CASE("on a full disk reserve() refuses, changes nothing, and succeeds when there is room") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    files->set_capacity(300 * KiB);
    // The step does not fit, what is needed does.
    writer->add_batch(batch_of(270 * KiB), 1, 64);
    must(writer->reserve());
    CHECK(size_of(*files) == writer->end() + writer->pending() + seal_frame_size);
    writer->discard();
    writer->add_batch(batch_of(400 * KiB), 1, 64);
    const std::string before = content_of(*files, path);
    CHECK(must_fail(writer->reserve()).code == ErrorCode::no_space);
    CHECK(content_of(*files, path) == before);
    writer->discard();
    // What was reserved is still there for a small group and for the seal.
    writer->add_batch(batch_of(200 * KiB), 1, 64);
    must(writer->reserve());
    must(writer->write());
    files->set_capacity(0);
    writer->add_batch(batch_of(400 * KiB), 1, 64);
    must(writer->reserve());
    must(writer->write());
    CHECK(kinds(*files) == "link ops ops clean");
}

TEST_CASE("a segment can always be sealed when the disk is full") {
    const auto files = StrictFileSystem::create();
    const auto writer = started(*files);
    files->set_capacity(256 * KiB);
    // Exactly as much as leaves room for a seal.
    const std::size_t framing = frame_header_size + batch_of(200 * KiB).size() - 200 * KiB;
    const std::size_t room = 256 * KiB - writer->end() - seal_frame_size - framing;
    writer->add_batch(batch_of(room + 1), 1, 64);
    CHECK_FALSE(writer->reserve().has_value());
    writer->discard();
    writer->add_batch(batch_of(room), 1, 64);
    must(writer->reserve());
    must(writer->write());
    writer->add_seal({}, 64);
    must(writer->reserve());
    must(writer->write());
    must(writer->finish());
    CHECK(kinds(*files) == "link ops seal clean");
}

TEST_CASE("errors of the disk come through, wherever they strike") {
    // One call after the other fails, until a whole life passes without one.
    bool passed = false;
    std::uint64_t failed_at = 0;
    while (!passed) {
        ++failed_at;
        const auto strict = StrictFileSystem::create();
        const auto files = FaultFileSystem::create(strict);
        files->fail_nth(failed_at, Fault::fail_before);
        const auto life = [&]() -> Status {
            auto writer = STRATA_TRY(SegmentWriter::prepare(*files, "/", 7, store()));
            writer->add_link({.first_sequence = 1}, 64);
            STRATA_TRY(writer->reserve());
            STRATA_TRY(writer->write());
            writer->add_batch(batch_of(300 * KiB), 1, 64);
            STRATA_TRY(writer->reserve());
            STRATA_TRY(writer->write());
            STRATA_TRY(writer->sync());
            writer->add_seal({}, 64);
            STRATA_TRY(writer->reserve());
            STRATA_TRY(writer->write());
            return writer->finish();
        };
        const Status status = life();
        CAPTURE(failed_at);
        CHECK(status.has_value() == (files->faults() == 0));
        passed = files->faults() == 0;
    }
    // open, reserve, header, sync, directory, link, reserve, batch, sync, seal, truncate, sync
    CHECK(failed_at == 13);
}

}  // namespace
}  // namespace strata::test
