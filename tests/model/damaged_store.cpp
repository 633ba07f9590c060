// SPDX-License-Identifier: Apache-2.0
#include "damaged_store.hpp"

#include "base/file_name.hpp"
#include "inspect/store_files.hpp"
#include "log/segment_report.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>
#include <utility>

namespace strata::test {
namespace {

constexpr const char* directory = "/store";

// Writes with a known history.
class Builder {
  public:
    Builder(std::uint64_t seed, Options options) : random_{seed}, options_{std::move(options)} {
        image_.history.emplace_back();
        reopen();
    }

    void put(int key, const WriteOptions& mode = {}) {
        const std::string name = "key" + std::to_string(100 + key);
        const std::string value = random_.letters(random_.between(0, 40));
        const Sequence sequence = must(store_->put(name, value, mode));
        State next = image_.history.back();
        next[name] = {value, sequence};
        image_.history.push_back(std::move(next));
        image_.keys.push_back(name);
    }
    void del(int key) {
        const std::string name = "key" + std::to_string(100 + key);
        must(store_->del(name));
        State next = image_.history.back();
        next.erase(name);
        image_.history.push_back(std::move(next));
    }
    void puts(int from, int to) {
        for (int key = from; key < to; ++key) {
            put(key);
        }
    }
    void flush() { must(store_->flush()); }
    void compact() { must(store_->compact()); }
    void kill() { store_.reset(); }
    void close() { must(store_->close()); }
    void reopen() {
        store_.reset();
        store_ = must(open(directory, options_));
    }
    StoreImage finish() {
        std::ranges::sort(image_.keys);
        const auto twins = std::ranges::unique(image_.keys);
        image_.keys.erase(twins.begin(), twins.end());
        return std::move(image_);
    }
    [[nodiscard]] FileSystem& files() const { return *options_.file_system; }

  private:
    Random random_;
    Options options_;
    std::unique_ptr<Store> store_;
    StoreImage image_;
};

// The room that was reserved behind the log says nothing; a part of it is enough.
void cut_reserved_room(std::string& bytes) {
    constexpr std::size_t kept = 700;
    const std::size_t used = bytes.find_last_not_of('\0') + 1;
    bytes.resize(std::min(bytes.size(), used + kept));
}

void list_frames(StoreImage& image) {
    const auto files = files_of(image.files);
    Sequence last = 0;
    const auto take = [&](const FrameView& frame) {
        if (!image.frames.empty()) {
            image.frames.back().end = frame.offset;
        }
        if (frame.kind == FrameKind::ops) {
            last = frame.first_sequence + frame.operations - 1;
        } else if (image.frames.empty()) {
            last = 0;
        }
        image.frames.push_back({.offset = frame.offset, .mark = frame.mark, .last = last});
        return Status{};
    };
    const SegmentReport report =
        must(read_segment_file(*files, std::string{directory} + "/" + image.active, take));
    image.frames.back().end = report.end;
    for (LoggedFrame& frame : image.frames) {
        frame.last = std::max(frame.last, report.first_sequence - 1);
    }
}

// Roles of the files, and the segment that was written last.
void describe(StoreImage& image) {
    const auto files = files_of(image.files);
    for (const FileInfo& file : must(list_files(*files, directory))) {
        image.roles[file.name] = file.role;
    }
    const Manifest manifest = *must(load_newest_manifest(*files, directory));
    if (manifest.active != 0) {
        image.active = file_name(FileType::wal, manifest.active);
        image.roles[image.active] = "active wal";
        list_frames(image);
    }
}

}  // namespace

Options image_options(Compression compression) {
    Options options;
    options.memory = std::size_t{1} << 20;
    options.memtable_size = std::size_t{256} << 10;
    options.block_size = 256;
    options.compression = compression;
    options.workers = 0;
    options.file_system = StrictFileSystem::create();
    return options;
}

StoreImage build_image(std::uint64_t seed, bool clean, Compression compression) {
    Builder builder{seed, image_options(compression)};
    builder.puts(0, 24);
    builder.flush();
    builder.puts(12, 30);
    builder.del(3);
    builder.compact();
    builder.puts(20, 36);
    builder.del(13);
    builder.flush();
    builder.puts(2, 8);
    builder.kill();
    builder.reopen();
    builder.puts(6, 12);
    builder.del(30);
    for (int key = 10; key < 13; ++key) {
        builder.put(key, {.sync = SyncMode::none()});
    }
    if (clean) {
        builder.close();
    } else {
        builder.kill();
    }
    StoreImage image = builder.finish();
    image.clean = clean;
    for (const std::string& name : must(builder.files().list(directory))) {
        std::string bytes = content_of(builder.files(), std::string{directory} + "/" + name);
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::wal) {
            constexpr std::size_t header_size = 64;
            if (bytes.find_first_not_of('\0', header_size) == std::string::npos) {
                continue;  // prepared ahead, if its thread came to it: no damage to it can matter
            }
            cut_reserved_room(bytes);
        }
        image.files[name] = std::move(bytes);
    }
    describe(image);
    return image;
}

std::shared_ptr<StrictFileSystem> files_of(const std::map<std::string, std::string>& files) {
    auto system = StrictFileSystem::create();
    must(system->create_directory(directory));
    for (const auto& [name, bytes] : files) {
        must(create_file(*system, std::string{directory} + "/" + name, bytes)->sync());
    }
    must(system->sync_directory(directory));
    must(system->sync_directory("/"));
    return system;
}

Answer ask(const StoreImage& image, const Options& options) {
    Answer answer;
    const auto refuse = [&](Answer::Kind kind, const std::string& message, ErrorCode code) {
        answer.kind = kind;
        answer.message = message;
        answer.code = code;
        return answer;
    };
    auto opened = open(directory, options);
    if (!opened) {
        return refuse(Answer::Kind::refused_open, opened.error().message, opened.error().code);
    }
    Store& store = **opened;
    answer.torn = store.open_report().torn_tail;
    answer.last = store.last_sequence();
    if (answer.last >= image.history.size()) {
        return refuse(Answer::Kind::wrong, "the last sequence is too great", ErrorCode::internal);
    }
    const Comparison compared = compare(store, image.history[answer.last], image.keys);
    if (!compared.error.empty()) {
        return refuse(Answer::Kind::refused_read, compared.error, compared.code);
    }
    if (!compared.difference.empty()) {
        return refuse(Answer::Kind::wrong, compared.difference, ErrorCode::internal);
    }
    if (answer.last + 1 != image.history.size()) {
        answer.kind = Answer::Kind::prefix;
    }
    return answer;
}

}  // namespace strata::test
