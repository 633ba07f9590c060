// SPDX-License-Identifier: Apache-2.0
// Proves that strata-wal-dump answers every damaged variant of a log with a status that fits and
// in bounded output: each truncation and flipped bit of small segments, alone and in a store,
// through every mode; that a frame of a live writer is no damage; and that reading calls nothing
// that writes.
#include "wal_dump/program.hpp"

#include "base/file_name.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "wal_dump/times.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace strata::test {
namespace {

struct Shown {
    int status = 0;
    std::string output{};
    std::string messages{};
};

using Words = std::vector<std::string>;

bool takes_value(const std::string& word) {
    for (const tools::WalDumpOption& option : tools::wal_dump_options()) {
        if (option.names.ends_with(word)) {
            return !option.argument.empty();
        }
    }
    FAIL("no such option: " << word);
    return false;
}

/// Runs the program as its command line would.
Shown dump(FileSystem& files, const Words& words, const tools::OwnerOf& owner_of = {}) {
    tools::WalDumpOptions options;
    Words paths;
    Shown shown;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!words[i].starts_with("--")) {
            paths.push_back(words[i]);
        } else {
            const std::string value = takes_value(words[i]) ? words.at(i + 1) : "";
            must(tools::apply_wal_dump_option(options, words[i].substr(2), value));
            i += value.empty() ? 0U : 1U;
        }
    }
    must(tools::apply_wal_dump_files(options, paths));
    tools::resolve_style(options, -1);
    tools::Output output{shown.output};
    tools::Output messages{shown.messages};
    tools::Diagnostics diagnostics{"strata-wal-dump", messages};
    diagnostics.set_json(options.json);
    diagnostics.set_quiet(options.quiet);
    const auto nobody = [](const std::string&) { return std::optional<std::string>{}; };
    shown.status = tools::run_wal_dump(options, files, output, diagnostics,
                                       owner_of ? owner_of : tools::OwnerOf{nobody});
    return shown;
}

const std::vector<Words>& modes() {
    static const std::vector<Words> modes{{},
                                          {"--batches"},
                                          {"--hex"},
                                          {"--script"},
                                          {"--stats"},
                                          {"--gaps"},
                                          {"--check"},
                                          {"--extract", "/out.wal"},
                                          {"--on-error", "skip"},
                                          {"--on-error", "skip", "--hex"},
                                          {"--on-error", "skip", "--extract", "/out.wal"},
                                          {"--on-error", "stop", "--json"},
                                          {"--tail", "2", "--durable-only"},
                                          {"--since", "2020-01-01", "--strict"},
                                          {"--follow", "--until-idle", "0"}};
    return modes;
}

/// Every mode on these paths; what a mode writes is removed again.
void run_all(FileSystem& files, const Words& paths, const std::set<int>& statuses) {
    for (const Words& mode : modes()) {
        if (paths.size() > 1 && mode.size() > 1 && mode[0] == "--follow") {
            continue;
        }
        Words words = mode;
        words.insert(words.end(), paths.begin(), paths.end());
        const Shown shown = dump(files, words);
        CAPTURE(words);
        CAPTURE(shown.messages);
        CHECK(statuses.contains(shown.status));
        CHECK(shown.output.size() < std::size_t{1} << 20);
        if (must(files.status("/out.wal"))) {
            CHECK(dump(files, {"--check", "--strict", "/out.wal"}).status == 0);
            must(files.unlink("/out.wal"));
        }
    }
}

/// In a quick run only some variants are tried.
std::size_t stride() { return std::getenv("STRATA_LONG") != nullptr ? 1 : 5; }

std::string sample(const std::string& name) {
    std::ifstream file{testdata_path("fuzz/log/" + name), std::ios::binary};
    std::ostringstream content;
    content << file.rdbuf();
    REQUIRE_FALSE(content.str().empty());
    return content.str();
}

void replace(FileSystem& files, const std::string& path, Bytes content) {
    if (must(files.status(path))) {
        must(files.unlink(path));
    }
    create_file(files, path, content);
}

TEST_CASE("every flipped bit and every truncation of a segment") {
    const auto files = StrictFileSystem::create();
    const std::set<int> statuses{0, 3, 5, 7};
    for (const char* name : {"closed.wal", "open.wal", "torn.wal", "sealed.wal"}) {
        const std::string whole = sample(name);
        CAPTURE(name);
        for (std::size_t bit = 0; bit < whole.size() * 8; bit += stride()) {
            std::string flipped = whole;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
            replace(*files, "/a.wal", flipped);
            CAPTURE(bit);
            run_all(*files, {"/a.wal"}, statuses);
        }
        for (std::size_t size = 0; size < whole.size(); size += stride() / 3 + 1) {
            replace(*files, "/a.wal", Bytes{whole}.substr(0, size));
            CAPTURE(size);
            run_all(*files, {"/a.wal"}, statuses);
        }
    }
}

/// A closed store with two segments.
std::shared_ptr<StrictFileSystem> make_store() {
    auto disk = StrictFileSystem::create();
    Options options;
    options.file_system = disk;
    for (int round = 0; round < 2; ++round) {
        const auto store = must(open("/s", options));
        must(store->put("key", "value"));
        Batch batch;
        must(batch.put("a", "1"));
        must(batch.del("key"));
        must(store->write(batch));
        must(store->close());
    }
    return disk;
}

TEST_CASE("every flipped bit of the segments of a store is damage, or changes nothing") {
    const auto disk = make_store();
    const Shown clean = dump(*disk, {"--script", "/s"});
    CHECK(clean.status == 0);
    for (const std::string& path : must(segments_in(*disk, "/s"))) {
        const std::string whole = content_of(*disk, path);
        std::size_t harmless = 0;
        for (std::size_t bit = 0; bit < whole.size() * 8; bit += stride()) {
            std::string flipped = whole;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
            replace(*disk, path, flipped);
            CAPTURE(path);
            CAPTURE(bit);
            const Shown shown = dump(*disk, {"--script", "/s"});
            if (shown.status == 0) {
                CHECK(shown.output == clean.output);
                ++harmless;
            } else {
                CHECK(shown.status == 5);
                CHECK(shown.messages.find(path) != std::string::npos);
            }
        }
        // Padding and reserved fields alone.
        CHECK(harmless * stride() < whole.size());
        replace(*disk, path, whole);
    }
}

TEST_CASE("a missing segment, a damaged manifest, other files") {
    const auto disk = make_store();
    const auto segments = must(segments_in(*disk, "/s"));
    const std::string whole = content_of(*disk, segments.at(0));
    must(disk->unlink(segments[0]));
    run_all(*disk, {"/s"}, {5});
    create_file(*disk, segments[0], whole);
    const std::uint64_t number = must(newest_manifest_number(*disk, "/s"));
    const std::string manifest = file_path("/s", FileType::manifest, number);
    const auto file = must(disk->open(manifest, OpenMode::write));
    must(file->write(60, "x"));
    // Damage is told, and what the segments hold is shown all the same.
    const Shown shown = dump(*disk, {"/s"});
    CHECK(shown.status == 5);
    CHECK(shown.messages.find(manifest) != std::string::npos);
    CHECK(std::ranges::count(shown.output, '\n') == 6);
    run_all(*disk, {"/s"}, {5});
    must(disk->create_directory("/empty"));
    run_all(*disk, {"/empty"}, {3});
    run_all(*disk, {manifest}, {2});
    run_all(*disk, {"/missing"}, {3});
    run_all(*disk, {"/missing", segments[0]}, {3});
}

TEST_CASE("an incomplete last frame is live while there is an owner") {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/torn.wal", sample("torn.wal"));
    const auto owner = [](const std::string& directory) {
        CHECK(directory == "/");
        return std::optional<std::string>{"pid 12 (app)"};
    };
    const Shown live = dump(*files, {"--strict", "/torn.wal"}, owner);
    CHECK(live.status == 0);
    CHECK(live.messages.find("pid 12 (app) holds the store") != std::string::npos);
    CHECK(live.messages.find(" live@144") != std::string::npos);
    const Shown torn = dump(*files, {"--strict", "/torn.wal"});
    CHECK(torn.status == 5);
    CHECK(torn.messages.find(" torn-tail@144") != std::string::npos);
    // An owner does not make damage whole.
    create_file(*files, "/damaged.wal", sample("damaged.wal"));
    CHECK(dump(*files, {"/damaged.wal"}, owner).status == 5);
}

TEST_CASE("reading writes nothing") {
    const auto disk = make_store();
    const auto watched = FaultFileSystem::create(disk);
    std::vector<std::string> writes;
    watched->set_decide([&](const FileCall& call) {
        const std::set<std::string> changing{"rename", "unlink",     "create_directory",
                                             "write",  "reserve",    "truncate",
                                             "lock",   "write_text", "sync_directory"};
        if (changing.contains(call.name)) {
            writes.push_back(call.name + " " + call.path);
        }
        return Fault::none;
    });
    for (const Words& mode : modes()) {
        if (std::ranges::find(mode, "--extract") == mode.end()) {
            Words words = mode;
            words.emplace_back("/s");
            CHECK(dump(*watched, words).status == 0);
        }
    }
    CHECK(writes.empty());
}

TEST_CASE("an extract that fails leaves nothing") {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/closed.wal", sample("closed.wal"));
    const auto faulty = FaultFileSystem::create(files);
    faulty->set_decide([](const FileCall& call) {
        return call.name == "sync" && call.path == "/out.wal" ? Fault::no_space : Fault::none;
    });
    CHECK(dump(*faulty, {"--extract", "/out.wal", "/closed.wal"}).status == 3);
    CHECK_FALSE(exists(*files, "/out.wal"));
}

TEST_CASE("strata-wal-dump: every option is in the help, and takes what it says") {
    const std::string help = tools::wal_dump_help();
    for (const tools::WalDumpOption& option : tools::wal_dump_options()) {
        const std::string name{option.names.substr(option.names.rfind("--"))};
        CAPTURE(name);
        CHECK(help.find(name) != std::string::npos);
        tools::WalDumpOptions options;
        const std::string_view value = name == "--format"         ? "json"
                                       : name == "--color"        ? "never"
                                       : name == "--on-error"     ? "skip"
                                       : name == "--type"         ? "put,batch"
                                       : name == "--since"        ? "10m"
                                       : name == "--until-idle"   ? "1s"
                                       : name.ends_with("format") ? "hex"
                                                                  : "61";
        must(tools::apply_wal_dump_option(options, name.substr(2), value));
        for (const char* wrong : {"x y", "-"}) {
            if (!option.argument.empty() && name != "--extract" && name != "--match" &&
                name != "--prefix") {
                CHECK_FALSE(tools::apply_wal_dump_option(options, name.substr(2), wrong));
            }
        }
    }
}

TEST_CASE("times") {
    constexpr std::uint64_t now = 1'700'000'000'000;
    const auto time = [](std::string_view text) { return must(tools::parse_time(text, now)); };
    CHECK(time("2023-11-14T22:13:20Z") == now);
    CHECK(time("2023-11-14 22:13:20") == now);
    CHECK(time("2023-11-14T22:13:20.250Z") == now + 250);
    CHECK(time("2023-11-15T00:13:20+02:00") == now);
    CHECK(time("2023-11-14T20:43:20-01:30") == now);
    CHECK(time("1970-01-01") == 0);
    CHECK(time("1970-01-01T00:00:00+05:00") == 0);
    CHECK(time("10m") == now - 600'000);
    CHECK(time("100000d") == 0);
    for (const char* wrong : {"", "2023", "2023-13-01", "2023-02-30", "2023-11-14T", "1969-12-31",
                              "2023-11-14T25:00", "2023-11-14T22:13:20Zx", "2023-11-14x"}) {
        CAPTURE(wrong);
        CHECK_FALSE(tools::parse_time(wrong, now));
    }
    CHECK(tools::time_text(now + 7) == "2023-11-14T22:13:20.007Z");
    CHECK(tools::time_text(0) == "1970-01-01T00:00:00.000Z");
    CHECK(tools::time_text(~std::uint64_t{0}) == "18446744073709551615 ms");
}

}  // namespace
}  // namespace strata::test
