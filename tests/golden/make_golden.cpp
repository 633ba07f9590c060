// SPDX-License-Identifier: Apache-2.0
// Writes the golden files of the version of the formats that this program writes:
//
//     make_golden DIRECTORY        a new directory, "testdata/golden/vN"
//
// To be run once for each version of the formats, before its first release. Files that were
// released are never written again: they prove that later programs still read them.
#include "golden/content.hpp"

#include "base/file_name.hpp"
#include "inspect/store_files.hpp"
#include "log/segment_report.hpp"
#include "log/segment_writer.hpp"
#include "version/manifest_file.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace strata::golden {
namespace {

constexpr std::uint64_t log_time_ms = 1'700'000'000'000;

// Reserved room behind the end of a segment is zeros; this much of it is kept.
constexpr std::uint64_t zeros_kept = 512;

// In place of the name of the machine.
constexpr const char* lock_text = "pid=1\nstart=1\nprogram=make_golden\nhost=golden\ncontrol=\n";

Status write_file(FileSystem& files, const std::string& path, Bytes content) {
    const auto file = STRATA_TRY(files.open(path, OpenMode::create_new));
    return file->write(0, content);
}

Result<std::string> read_file(FileSystem& files, const std::string& path) {
    const auto file = STRATA_TRY(files.open(path, OpenMode::read));
    std::string content(static_cast<std::size_t>(STRATA_TRY(file->size())), '\0');
    STRATA_TRY(file->read(0, content));
    return content;
}

Status write_table(FileSystem& files, const std::string& directory, const GoldenTable& table) {
    const auto builder = STRATA_TRY(TableBuilder::create(files, directory, table.options()));
    for (const Version& version : table.entries()) {
        STRATA_TRY(builder->add(version.entry()));
    }
    STRATA_TRY(builder->finish());
    return {};
}

void add_batch(SegmentWriter& segment, std::size_t i, std::uint64_t mark) {
    const LogContent batch = log_batch(i);
    segment.add_batch(batch.encoded, batch.operations, mark);
}

// Two segments as a store writes them: rotated once, closed.
Status write_log(FileSystem& files, const std::string& directory) {
    auto first =
        STRATA_TRY(SegmentWriter::prepare(files, directory, log_first_segment, store_id()));
    auto second =
        STRATA_TRY(SegmentWriter::prepare(files, directory, log_first_segment + 1, store_id()));
    first->add_link({.first_sequence = 1, .time_ms = log_time_ms}, first->end());
    for (std::size_t i = 0; i < log_split; ++i) {
        add_batch(*first, i, first->end());
        STRATA_TRY(first->write());
        STRATA_TRY(first->sync());
    }
    const Sequence next_sequence = 1 + first->operations();
    first->add_seal(
        {.next_number = second->number(), .next_key = second->key(), .time_ms = log_time_ms},
        first->end());
    STRATA_TRY(first->write());
    STRATA_TRY(first->finish());
    second->add_link({.first_sequence = next_sequence,
                      .predecessor = first->number(),
                      .predecessor_length = first->end(),
                      .time_ms = log_time_ms},
                     0);
    for (std::size_t i = log_split; i < log_batches; ++i) {
        add_batch(*second, i, 0);
    }
    second->add_seal({.time_ms = log_time_ms}, 0);
    STRATA_TRY(second->write());
    return second->finish();
}

// Frames that no writer of today combines like this, and an end without a seal.
Status write_open_log(FileSystem& files, const std::string& directory) {
    std::string bytes = encode_segment_header(
        {.store = store_id(), .number = log_open_segment, .salt = 0xfedcba9876543210U});
    const std::uint64_t key = decode_segment_header(bytes).key;
    std::uint32_t operations = 0;
    const auto add = [&](FrameKind kind, Bytes payload, std::uint64_t mark) {
        append_frame(bytes,
                     {.key = key,
                      .offset = bytes.size(),
                      .kind = kind,
                      .operations_before = operations,
                      .mark = static_cast<std::uint32_t>(mark)},
                     payload);
    };
    add(FrameKind::link, encode_link({.first_sequence = 1, .time_ms = log_time_ms}), 64);
    for (std::size_t i = 0; i < log_batches; ++i) {
        const LogContent batch = log_batch(i);
        const std::uint64_t mark = i % 3 == 0 ? bytes.size() : 64;
        add(FrameKind::ops, batch.encoded, mark);
        operations += batch.operations;
        if (i % 5 == 2) {
            add(FrameKind::pad, std::string(i, 'p'), 64);
        }
        if (i % 8 == 3) {
            add(FrameKind::mark, encode_mark(log_time_ms + i), bytes.size());
        }
    }
    bytes.append(zeros_kept, '\0');
    return write_file(files, file_path(directory, FileType::wal, log_open_segment), bytes);
}

Status run_step(std::unique_ptr<Store>& store, const Options& options, const Step& step) {
    switch (step.kind) {
        case Step::Kind::flush:
            return store->flush();
        case Step::Kind::compact:
            return store->compact();
        case Step::Kind::kill:
            store.reset();
            store = STRATA_TRY(open("/db", options));
            return {};
        case Step::Kind::write:
        case Step::Kind::write_unsynced:
            break;
    }
    Batch batch;
    for (const Version& operation : step.operations) {
        STRATA_TRY(operation.kind == Kind::del ? batch.del(operation.key)
                                               : batch.put(operation.key, operation.value));
    }
    const bool sync = step.kind == Step::Kind::write;
    STRATA_TRY(store->write(batch, {.sync = sync ? SyncMode::sync() : SyncMode::none()}));
    return {};
}

// Where the last batch of the log ends: number of the segment and offset.
Result<std::pair<std::uint64_t, std::uint64_t>> end_of_log(FileSystem& files) {
    std::pair<std::uint64_t, std::uint64_t> end{0, 0};
    for (const std::string& name : STRATA_TRY(files.list("/db"))) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::wal) {
            const auto report = STRATA_TRY(
                read_segment_file(files, "/db/" + name, [](const FrameView&) { return Status{}; }));
            if (report.batches > 0) {
                end = std::max(end, {parsed.number, report.end});
            }
        }
    }
    return end;
}

Status copy_store(FileSystem& from, FileSystem& to, const std::string& directory, bool torn) {
    constexpr std::uint64_t torn_bytes = 6;  // more than the padding of a frame
    const auto end = STRATA_TRY(end_of_log(from));
    for (const std::string& name : STRATA_TRY(from.list("/db"))) {
        std::string content = STRATA_TRY(read_file(from, "/db/" + name));
        const FileName parsed = parse_file_name(name);
        if (torn && parsed.type == FileType::wal && parsed.number == end.first) {
            content.resize(static_cast<std::size_t>(end.second - torn_bytes));
        } else if (parsed.type == FileType::wal) {
            const std::size_t last = content.find_last_not_of('\0') + 1;
            content.resize(std::min(content.size(), last + static_cast<std::size_t>(zeros_kept)));
        }
        if (parsed.type == FileType::lock) {
            content = lock_text;
        }
        STRATA_TRY(write_file(to, directory + "/" + name, content));
    }
    return {};
}

Status write_store(FileSystem& to, const std::string& directory, const GoldenStore& golden) {
    const auto files = StrictFileSystem::create();
    Options options = golden.options;
    options.file_system = files;
    options.workers = 0;
    auto store = STRATA_TRY(open("/db", options));
    for (const Step& step : golden.steps) {
        STRATA_TRY(run_step(store, options, step));
    }
    if (golden.end == GoldenStore::End::closed) {
        STRATA_TRY(store->close());
    }
    store.reset();
    return copy_store(*files, to, directory, golden.end == GoldenStore::End::torn);
}

Status make(FileSystem& files, const std::string& top) {
    for (const char* name : {"", "/log", "/log-open", "/manifests", "/stores", "/tables"}) {
        STRATA_TRY(files.create_directory(top + name));
    }
    for (const GoldenTable& table : tables()) {
        STRATA_TRY(write_table(files, top + "/tables", table));
    }
    STRATA_TRY(write_log(files, top + "/log"));
    STRATA_TRY(write_open_log(files, top + "/log-open"));
    for (const Manifest& manifest : manifests()) {
        STRATA_TRY(write_file(files,
                              file_path(top + "/manifests", FileType::manifest, manifest.number),
                              encode_manifest(manifest)));
    }
    for (const GoldenStore& store : stores()) {
        const std::string directory = top + "/stores/" + store.name;
        STRATA_TRY(files.create_directory(directory));
        STRATA_TRY(write_store(files, directory, store));
    }
    return {};
}

}  // namespace
}  // namespace strata::golden

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: make_golden DIRECTORY\n";
        return 2;
    }
    if (auto made = strata::golden::make(*strata::posix_file_system(), argv[1]); !made) {
        std::cerr << "make_golden: " << made.error().message << '\n';
        return 1;
    }
    return 0;
}
