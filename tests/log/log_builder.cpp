// SPDX-License-Identifier: Apache-2.0
#include "log/log_builder.hpp"

#include "base/coding.hpp"
#include "base/file_name.hpp"
#include "entry/operation.hpp"

#include "support/files.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace strata::test {
namespace {

constexpr std::uint64_t time_ms = 1'700'000'000'000;

std::uint64_t salt_of(std::uint64_t number) { return number; }

std::string encode_operations(const std::vector<std::string>& words, std::uint32_t& count) {
    std::string encoded;
    for (const std::string& word : words) {
        ++count;
        const std::size_t equals = word.find('=');
        if (word.front() == '-') {
            append_operation(encoded, {.key = Bytes{word}.substr(1), .kind = Kind::del});
        } else {
            REQUIRE(equals != std::string::npos);
            append_operation(encoded, {.key = Bytes{word}.substr(0, equals),
                                       .value = Bytes{word}.substr(equals + 1)});
        }
    }
    return encoded;
}

}  // namespace

/// A line: the command, bare words, and key=value arguments among the ones it knows.
struct LogBuilder::Words {
    std::string command{};
    std::vector<std::string> bare{};
    std::map<std::string, std::string> arguments{};

    explicit Words(const std::string& line) {
        std::istringstream stream{line};
        stream >> command;
        std::string word;
        while (stream >> word) {
            const std::size_t equals = word.find('=');
            const std::string name = word.substr(0, equals);
            static const std::vector<std::string> known{"named", "store", "version", "required",
                                                        "first", "after", "mark",    "before",
                                                        "size",  "next",  "key"};
            if (equals != std::string::npos && std::ranges::find(known, name) != known.end()) {
                arguments[name] = word.substr(equals + 1);
            } else {
                bare.push_back(word);
            }
        }
    }
    [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t fallback) const {
        const auto found = arguments.find(name);
        return found == arguments.end() ? fallback : std::stoull(found->second);
    }
    [[nodiscard]] std::uint64_t bare_number(std::size_t index) const {
        REQUIRE(index < bare.size());
        return std::stoull(bare[index]);
    }
};

void LogBuilder::run(std::string_view script) {
    std::istringstream stream{std::string{script}};
    std::string text;
    while (std::getline(stream, text)) {
        line(text);
    }
}

void LogBuilder::line(const std::string& line) {
    CAPTURE(line);
    const Words words{line};
    if (words.command.empty() || words.command.front() == '#') {
        return;
    }
    if (words.command == "segment") {
        return begin_segment(words);
    }
    if (words.command == "synced") {
        durable_segment_ = current_;
        durable_offset_ = segments_[current_].end;
        return;
    }
    for (const char* name : {"link", "ops", "mark", "pad", "seal"}) {
        if (words.command == name) {
            return add_frame(words);
        }
    }
    damage(words);
}

StoreId LogBuilder::store() {
    StoreId id;
    id.bytes.fill('s');
    return id;
}

void LogBuilder::begin_segment(const Words& words) {
    const std::uint64_t number = words.bare_number(0);
    const std::uint64_t name = words.number("named", number);
    SegmentHeader header{.store = store(), .number = number, .salt = salt_of(number)};
    header.version = static_cast<std::uint16_t>(words.number("version", segment_version));
    header.required_features = static_cast<std::uint32_t>(words.number("required", 0));
    if (words.arguments.contains("store")) {
        header.store.bytes.fill(words.arguments.at("store").front());
    }
    BuiltSegment segment{.bytes = encode_segment_header(header), .number = number};
    segment.key = decode_segment_header(segment.bytes).key;
    segment.end = segment.bytes.size();
    segment.first_sequence = last_ + 1;
    segment.last_sequence = last_;
    before_ = std::exchange(current_, name);
    operations_ = 0;
    if (segments_.empty()) {
        durable_segment_ = name;  // As after opening: all older segments are durable.
        durable_offset_ = segment_header_size;
    }
    segments_[name] = std::move(segment);
}

std::uint64_t LogBuilder::key_of(std::uint64_t number) const {
    const std::string header =
        encode_segment_header({.store = store(), .number = number, .salt = salt_of(number)});
    return decode_segment_header(header).key;
}

void LogBuilder::add_frame(const Words& words) {
    static const std::map<std::string, FrameKind> kinds{{"link", FrameKind::link},
                                                        {"ops", FrameKind::ops},
                                                        {"mark", FrameKind::mark},
                                                        {"pad", FrameKind::pad},
                                                        {"seal", FrameKind::seal}};
    BuiltSegment& segment = segments_[current_];
    const FrameKind kind = kinds.at(words.command);
    std::string payload;
    std::uint32_t count = 0;
    if (kind == FrameKind::link) {
        Link link{.first_sequence = words.number("first", last_ + 1), .time_ms = time_ms};
        link.predecessor = before_;
        link.predecessor_length = before_ == 0 ? 0 : segments_[before_].end;
        if (words.arguments.contains("after")) {
            const std::string& after = words.arguments.at("after");
            link.predecessor = std::stoull(after);
            link.predecessor_length = std::stoull(after.substr(after.find(':') + 1));
        }
        payload = encode_link(link);
        segment.first_sequence = link.first_sequence;
        segment.last_sequence = last_ = link.first_sequence - 1;
    } else if (kind == FrameKind::ops) {
        payload = encode_operations(words.bare, count);
    } else if (kind == FrameKind::seal) {
        const std::uint64_t next = words.number("next", 0);
        payload = encode_seal({.next_number = next,
                               .next_key = next == 0 ? 0 : words.number("key", key_of(next)),
                               .time_ms = time_ms});
    } else if (kind == FrameKind::mark) {
        payload = encode_mark(time_ms);
    } else {
        payload.assign(words.bare_number(0), 'p');
    }
    payload.resize(words.number("size", payload.size()), '\0');
    const std::uint64_t mark = durable_segment_ == current_ ? durable_offset_ : 0;
    append_frame(
        segment.bytes,
        {.key = segment.key,
         .offset = segment.end,
         .kind = kind,
         .operations_before = static_cast<std::uint32_t>(words.number("before", operations_)),
         .mark = static_cast<std::uint32_t>(words.number("mark", mark))},
        payload);
    segment.end = segment.bytes.size();
    operations_ += count;
    last_ += count;
    segment.last_sequence = last_;
}

void LogBuilder::damage(const Words& words) {
    const std::uint64_t name = words.bare_number(0);
    REQUIRE(segments_.contains(name));
    std::string& bytes = segments_[name].bytes;
    if (words.command == "remove") {
        segments_.erase(name);
        return;
    }
    const std::uint64_t number = words.bare_number(1);
    if (words.command == "flip") {
        const std::size_t dot = words.bare[1].find('.');
        const int bit = dot == std::string::npos ? 0 : std::stoi(words.bare[1].substr(dot + 1));
        REQUIRE(number < bytes.size());
        bytes[number] = static_cast<char>(bytes[number] ^ (1 << bit));
    } else if (words.command == "cut") {
        REQUIRE(number <= bytes.size());
        bytes.resize(number);
    } else if (words.command == "zeros") {
        bytes.append(number, '\0');
    } else if (words.command == "exchange") {
        REQUIRE(segments_.contains(number));
        std::swap(bytes, segments_[number].bytes);
    } else {
        FAIL("no such command");
    }
}

LogInput LogBuilder::input(const std::vector<std::uint64_t>& sealed, std::uint64_t active,
                           Sequence last_in_tables) const {
    LogInput input{.store = store(), .active = active, .last_in_tables = last_in_tables};
    std::uint64_t highest = active;
    for (const std::uint64_t number : sealed) {
        const auto found = segments_.find(number);
        const BuiltSegment built = found == segments_.end() ? BuiltSegment{} : found->second;
        input.sealed.push_back(
            {number, key_of(number), built.end, built.first_sequence, built.last_sequence});
        highest = std::max(highest, number);
    }
    input.active_key = key_of(active);
    input.next_number = highest + 1;
    return input;
}

std::shared_ptr<StrictFileSystem> files_of(const std::map<std::uint64_t, BuiltSegment>& segments) {
    auto files = StrictFileSystem::create();
    must(files->create_directory("/db"));
    for (const auto& [name, segment] : segments) {
        must(create_file(*files, file_path("/db", FileType::wal, name), segment.bytes)->sync());
    }
    must(files->sync_directory("/db"));
    must(files->sync_directory("/"));
    return files;
}

}  // namespace strata::test
