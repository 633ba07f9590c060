// SPDX-License-Identifier: Apache-2.0
// Proves that a checkpoint is a complete store or nothing: content beside writers, power cut and
// failure at every call that touches files, links and their absence, and restoring with its check.
#include "lsm/checkpoint.hpp"

#include "base/file_name.hpp"
#include "lsm/lsm_support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::must_fail;

constexpr const char* copy_path = "/copy";

std::string text_at(const Options& options, const char* path) {
    const auto store = must(open(path, test::reading(options)));
    return test::text_of(*store);
}

bool exists(FileSystem& files, const std::string& path) {
    return must(files.status(path)).has_value();
}

// Two runs, a sealed memtable that is not flushed, and an active one.
std::unique_ptr<Store> rich_store(const Options& options) {
    {
        auto store = test::open_store(options);
        test::put_many(*store, 0, 40, std::string(100, 'a'));
        must(store->flush());
        test::put_many(*store, 20, 50, std::string(50, 'b'));
        must(store->flush());
        must(store->put("sealed", "1"));
        must(store->close());
    }
    auto store = test::open_store(options);
    must(store->put("active", "2"));
    must(store->del("key10003"));
    return store;
}

Options quiet_options(std::shared_ptr<FileSystem> files) {
    Options options = test::small_options(std::move(files));
    options.workers = 0;
    options.memtable_size = std::size_t{1} << 20;
    return options;
}

TEST_CASE("a checkpoint shares tables, copies the log, and lives on by itself") {
    const auto files = StrictFileSystem::create();
    const Options options = quiet_options(files);
    auto store = rich_store(options);
    const std::string before = test::text_of(*store);
    const auto report = must(store->checkpoint(std::string{copy_path} + "/"));
    CHECK(report.last_sequence == store->last_sequence());
    CHECK(report.tables == 2);
    CHECK(report.tables_linked == 2);
    CHECK(report.segments == 2);
    CHECK(report.bytes_linked > 0);
    CHECK_FALSE(exists(*files, std::string{copy_path} + ".tmp"));
    std::size_t tables = 0;
    for (const std::string& name : must(files->list(copy_path))) {
        CAPTURE(name);
        const auto status = must(files->status(std::string{copy_path} + "/" + name));
        REQUIRE(status);
        const bool table = parse_file_name(name).type == FileType::table;
        tables += table ? 1 : 0;
        CHECK(status->links == (table ? 2 : 1));
        if (parse_file_name(name).type == FileType::wal) {
            // Without the room that was reserved behind the frames.
            CHECK(status->size < 4096);
        }
    }
    CHECK(tables == 2);
    CHECK(must(check_directory(copy_path, {}, files.get())).findings.empty());

    // The store goes on, and gives its tables up; the copy does not notice.
    must(store->put("later", "3"));
    must(store->compact());
    must(store->close());
    CHECK(text_at(options, copy_path) == before);
    auto copy = must(open(copy_path, options));
    CHECK(copy->open_report().closed_cleanly);
    CHECK_FALSE(copy->open_report().torn_tail);
    must(copy->put("own", "4"));
    must(copy->compact());
    must(copy->close());
    CHECK(text_at(options, test::store_path).find("own=") == std::string::npos);
    CHECK(must(check_directory(test::store_path, {}, files.get())).findings.empty());
}

TEST_CASE("a checkpoint beside writers holds all that was acknowledged before, and a prefix") {
    const auto files = StrictFileSystem::create();
    Options options = test::small_options(files);
    options.memtable_size = 1024;
    auto store = test::open_store(options);
    std::atomic<bool> done{false};
    std::atomic<int> written{0};
    std::thread writer{[&] {
        for (int i = 0; !done.load(); ++i) {
            test::put_many(*store, i, i + 1, std::to_string(i));
            written.store(i + 1);
        }
    }};
    for (int round = 0; round < 8; ++round) {
        CAPTURE(round);
        REQUIRE(test::eventually([&] { return written.load() > round * 40; }));
        const int before = written.load();
        const std::string path = "/copy" + std::to_string(round);
        const auto report = must(store->checkpoint(path));
        const auto copy = must(open(path, options));
        CHECK(copy->last_sequence() == report.last_sequence);
        CHECK(report.last_sequence >= static_cast<Sequence>(before));
        int next = 0;
        const auto iterator = must(copy->scan());
        while (must(iterator->next())) {
            REQUIRE(iterator->value() == std::to_string(next));
            ++next;
        }
        CHECK(static_cast<Sequence>(next) == report.last_sequence);
        CHECK(must(copy->check()).findings.empty());
    }
    done.store(true);
    writer.join();
}

TEST_CASE("a power cut leaves all of a checkpoint or none") {
    const auto disk = StrictFileSystem::create();
    const auto faults = FaultFileSystem::create(disk);
    const Options options = quiet_options(faults);
    auto store = rich_store(options);
    const std::string content = test::text_of(*store);
    std::vector<std::shared_ptr<StrictFileSystem>> cuts;
    faults->set_decide([&](const FileCall& call) {
        const bool changes = call.name != "read" && call.name != "status" && call.name != "list" &&
                             call.name != "size" && call.path.starts_with("/copy");
        if (changes || call.path == "/") {
            cuts.push_back(disk->crash_clone(CrashPolicy::drop, 1));
            cuts.push_back(disk->crash_clone(CrashPolicy::keep, 1));
            for (std::uint64_t seed = 0; seed < 6; ++seed) {
                cuts.push_back(disk->crash_clone(CrashPolicy::torn, call.index * 8 + seed));
            }
        }
        return Fault::none;
    });
    must(store->checkpoint(copy_path));
    faults->set_decide({});
    CHECK(cuts.size() > 100);
    std::size_t complete = 0;
    for (const auto& cut : cuts) {
        const Options after = quiet_options(cut);
        CHECK(text_at(after, test::store_path) == content);
        if (exists(*cut, copy_path)) {
            ++complete;
            REQUIRE(text_at(after, copy_path) == content);
            REQUIRE(must(check_directory(copy_path, {}, cut.get())).findings.empty());
        } else {
            // What is left does not stand in the way of the next attempt.
            auto again = test::open_store(after);
            must(again->checkpoint(copy_path));
            again.reset();
            REQUIRE(text_at(after, copy_path) == content);
        }
    }
    CHECK(complete > 0);
    CHECK(complete < cuts.size());
    // Once it has returned, nothing is lost.
    for (const CrashPolicy policy : {CrashPolicy::drop, CrashPolicy::torn}) {
        const auto cut = disk->crash_clone(policy, 7);
        REQUIRE(exists(*cut, copy_path));
        CHECK(text_at(quiet_options(cut), copy_path) == content);
    }
}

TEST_CASE("a failed call leaves the store as it was, and the next attempt succeeds") {
    std::uint64_t failed = 0;
    for (const Fault fault : {Fault::fail_before, Fault::fail_after, Fault::no_space}) {
        for (std::uint64_t nth = 1; nth < 200; ++nth) {
            CAPTURE(nth);
            const auto disk = StrictFileSystem::create();
            const auto faults = FaultFileSystem::create(disk);
            const Options options = quiet_options(faults);
            auto store = rich_store(options);
            const std::string content = test::text_of(*store);
            std::uint64_t left = nth;
            faults->set_decide([&](const FileCall& call) {
                const bool counts = call.path.starts_with("/copy") || call.name == "link";
                return counts && left != 0 && --left == 0 ? fault : Fault::none;
            });
            const auto made = store->checkpoint(copy_path);
            const bool all_passed = left != 0;
            faults->set_decide({});
            if (all_passed) {
                CHECK(made);
                break;
            }
            must(store->put("after", "1"));
            CHECK(must(store->stats()).failure.empty());
            if (made) {
                continue;  // a sweep that removed nothing, for example
            }
            ++failed;
            if (!exists(*disk, copy_path)) {
                must(store->checkpoint(copy_path));
                CHECK(text_at(options, copy_path) == test::text_of(*store));
            } else {
                CHECK(text_at(options, copy_path) == content);
            }
        }
    }
    CHECK(failed > 20);
}

TEST_CASE("a failed call leaves nothing behind") {
    for (const Fault fault : {Fault::fail_before, Fault::fail_after, Fault::no_space}) {
        std::set<std::string> failed;
        for (std::uint64_t nth = 1;; ++nth) {
            CAPTURE(static_cast<int>(fault));
            CAPTURE(nth);
            const auto disk = StrictFileSystem::create();
            const auto faults = FaultFileSystem::create(disk);
            const Options options = quiet_options(faults);
            auto store = rich_store(options);
            const std::vector<std::string> before = must(disk->list("/"));
            std::uint64_t left = nth;
            std::string call;
            faults->set_decide([&](const FileCall& made) {
                const bool counts = made.path.starts_with("/copy") || made.name == "link" ||
                                    (made.name == "sync_directory" && made.path == "/");
                if (!counts || left == 0 || --left != 0) {
                    return Fault::none;
                }
                call = made.name;
                return fault;
            });
            const auto made = store->checkpoint(copy_path);
            faults->set_decide({});
            if (call.empty()) {
                CHECK(made);
                break;
            }
            CAPTURE(call);
            if (made) {
                CHECK(exists(*disk, copy_path));
                continue;
            }
            failed.insert(call);
            // A lock that the caller never got may be another's: its file stays, and it alone.
            if (call == "lock" && fault == Fault::fail_after) {
                CHECK(must(disk->list("/copy.tmp")) == std::vector<std::string>{"LOCK"});
                must(store->checkpoint(copy_path));
            } else if (exists(*disk, copy_path)) {
                CHECK(
                    (call == "sync_directory" || (call == "rename" && fault == Fault::fail_after)));
            } else {
                REQUIRE(must(disk->list("/")) == before);
            }
        }
        for (const char* const call : {"create_directory", "lock", "list", "link", "open", "write",
                                       "sync", "sync_directory", "rename"}) {
            CAPTURE(call);
            CHECK(failed.contains(call));
        }
    }
}

TEST_CASE("what could not be removed after an error is swept by the next attempt") {
    std::size_t left_behind = 0;
    for (std::uint64_t nth = 1; nth < 30; ++nth) {
        CAPTURE(nth);
        const auto disk = StrictFileSystem::create();
        const auto faults = FaultFileSystem::create(disk);
        const Options options = quiet_options(faults);
        auto store = rich_store(options);
        bool failing = false;
        std::uint64_t left = nth;
        faults->set_decide([&](const FileCall& call) {
            // The store's own threads open and write segments meanwhile.
            if (!call.path.starts_with("/copy")) {
                return Fault::none;
            }
            if (!failing && call.name == "rename" && call.path == "/copy.tmp") {
                failing = true;
                return Fault::fail_before;
            }
            return failing && left != 0 && --left == 0 ? Fault::fail_before : Fault::none;
        });
        const Error error = must_fail(store->checkpoint(copy_path));
        CHECK(error.message.find("rename") !=
              std::string::npos);  // the first error, not the second
        faults->set_decide({});
        if (left != 0) {
            CHECK_FALSE(exists(*disk, "/copy.tmp"));
            break;
        }
        ++left_behind;
        CHECK(exists(*disk, "/copy.tmp"));
        must(store->checkpoint(copy_path));
        CHECK_FALSE(exists(*disk, "/copy.tmp"));
        CHECK(text_at(options, copy_path) == test::text_of(*store));
    }
    CHECK(left_behind > 5);
}

TEST_CASE("a failed attempt leaves another one's directory alone") {
    const auto files = StrictFileSystem::create();
    const Options options = quiet_options(files);
    auto store = rich_store(options);
    must(files->create_directory("/copy.tmp"));
    const auto other = must(files->lock("/copy.tmp/LOCK"));
    must(files->open("/copy.tmp/000000000001.sst", OpenMode::create_new));
    CHECK(must_fail(store->checkpoint(copy_path)).code == ErrorCode::busy);
    CHECK(must(files->list("/copy.tmp")).size() == 2);
}

// A file system without second names.
class Unlinked final : public FileSystem {
  public:
    explicit Unlinked(std::shared_ptr<FileSystem> base) : base_{std::move(base)} {}
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        return base_->open(path, mode);
    }
    Status rename(const std::string& from, const std::string& to) override {
        return base_->rename(from, to);
    }
    Status unlink(const std::string& path) override { return base_->unlink(path); }
    Status create_directory(const std::string& path) override {
        return base_->create_directory(path);
    }
    Status remove_directory(const std::string& path) override {
        return base_->remove_directory(path);
    }
    Result<std::vector<std::string>> list(const std::string& path) override {
        return base_->list(path);
    }
    Status sync_directory(const std::string& path) override { return base_->sync_directory(path); }
    Result<std::optional<FileStatus>> status(const std::string& path) override {
        return base_->status(path);
    }
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        return base_->lock(path);
    }

  private:
    std::shared_ptr<FileSystem> base_;
};

TEST_CASE("without links the tables are copied") {
    const auto disk = StrictFileSystem::create();
    const Options options = quiet_options(std::make_shared<Unlinked>(disk));
    auto store = rich_store(options);
    const auto report = must(store->checkpoint(copy_path));
    CHECK(report.tables == 2);
    CHECK(report.tables_linked == 0);
    CHECK(report.bytes_copied > report.bytes_linked);
    const auto cut = disk->crash_clone(CrashPolicy::drop, 1);
    CHECK(text_at(quiet_options(cut), copy_path) == test::text_of(*store));
}

TEST_CASE("what is in the way is left alone") {
    const auto files = StrictFileSystem::create();
    const Options options = quiet_options(files);
    auto store = rich_store(options);
    must(files->create_directory(copy_path));
    CHECK(must_fail(store->checkpoint(copy_path)).code == ErrorCode::invalid_argument);
    CHECK(must_fail(store->checkpoint("")).code == ErrorCode::invalid_argument);
    must(files->create_directory("/other.tmp"));
    must(files->open("/other.tmp/letter", OpenMode::create_new));
    const Error refused = must_fail(store->checkpoint("/other"));
    CHECK(refused.code == ErrorCode::invalid_argument);
    CHECK(refused.message.find("letter") != std::string::npos);
    CHECK(must(files->list("/other.tmp")) == std::vector<std::string>{"letter"});
    CHECK(must_fail(store->checkpoint("/nowhere/copy")).code == ErrorCode::not_found);
}

TEST_CASE("a store that is only read makes a checkpoint beside its owner") {
    const auto files = StrictFileSystem::create();
    const Options options = quiet_options(files);
    auto store = rich_store(options);
    // The owner's own threads may write meanwhile, so the reader's calls are watched.
    const auto watched = FaultFileSystem::create(files);
    std::atomic<int> changes{0};
    watched->set_decide([&](const FileCall& call) {
        const bool reads = call.name == "open" || call.name == "read" || call.name == "list" ||
                           call.name == "status" || call.name == "size" || call.name == "sync" ||
                           call.name == "link";
        changes += !reads && call.path.starts_with(test::store_path) ? 1 : 0;
        return Fault::none;
    });
    const auto reader = test::open_store(test::reading(quiet_options(watched)));
    const auto report = must(reader->checkpoint(copy_path));
    CHECK(report.tables_linked == 2);
    CHECK(report.last_sequence == store->last_sequence());
    CHECK(text_at(options, copy_path) == test::text_of(*store));
    CHECK(changes.load() == 0);
}

TEST_CASE("restoring copies everything, verified, into a new or empty directory") {
    const auto files = StrictFileSystem::create();
    const Options options = quiet_options(files);
    auto store = rich_store(options);
    const std::string content = test::text_of(*store);
    must(store->checkpoint(copy_path));
    const auto report = must(restore_checkpoint(copy_path, "/new", files.get()));
    CHECK(report.tables == 2);
    CHECK(report.tables_linked == 0);
    CHECK(text_at(options, "/new") == content);
    must(files->create_directory("/empty"));
    must(restore_checkpoint(copy_path, "/empty", files.get()));
    CHECK(text_at(options, "/empty") == content);
    CHECK(must_fail(restore_checkpoint(copy_path, "/new", files.get())).code ==
          ErrorCode::invalid_argument);
    CHECK(must_fail(restore_checkpoint("/nothing", "/x", files.get())).code ==
          ErrorCode::not_found);
    const auto cut = files->crash_clone(CrashPolicy::drop, 1);
    CHECK(text_at(quiet_options(cut), "/new") == content);

    // Damage in any file of the checkpoint is found, and nothing appears.
    for (const std::string& name : must(files->list(copy_path))) {
        CAPTURE(name);
        if (parse_file_name(name).type == FileType::lock) {
            continue;
        }
        const std::string path = std::string{copy_path} + "/" + name;
        const auto file = must(files->open(path, OpenMode::write));
        char byte = 0;
        must(file->read(100, {&byte, 1}));
        const char damaged = static_cast<char>(byte ^ 0x10);
        must(file->write(100, {&damaged, 1}));
        const auto refused = restore_checkpoint(copy_path, "/damaged", files.get());
        CHECK_FALSE(refused);
        CHECK((refused || refused.error().code == ErrorCode::corruption));
        CHECK_FALSE(exists(*files, "/damaged"));
        must(file->write(100, {&byte, 1}));
    }
    must(restore_checkpoint(copy_path, "/damaged", files.get()));
}

}  // namespace
}  // namespace strata
