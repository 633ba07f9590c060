// SPDX-License-Identifier: Apache-2.0
// Proves what a store holds after stops of every kind, as text: commands one after the other on
// files that may lose what was not synced.
#include "lsm/recovery.hpp"

#include "lsm_support.hpp"
#include "support/builders.hpp"
#include "support/datadriven.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace strata::test {
namespace {

class Script {
  public:
    std::string run(const Case& one) {
        if (one.command == "new") {
            store_.reset();
            options_ = small_options(StrictFileSystem::create());
            options_.workers = 0;
            options_.memtable_size = one.number("memtable", 4096);
            return open_it();
        }
        if (one.command == "open") {
            return open_it();
        }
        if (one.command == "crash") {
            return crash(one.one("policy"));
        }
        if (one.command == "kill") {
            store_.reset();
            return {};
        }
        return on_store(one);
    }

  private:
    std::string on_store(const Case& one) {
        REQUIRE(store_ != nullptr);
        const WriteOptions mode{one.has("none") ? std::optional<SyncMode>{SyncMode::none()}
                                                : std::nullopt};
        if (one.command == "put") {
            return written(store_->put(one.one("key"), one.one("value", ""), mode));
        }
        if (one.command == "del") {
            return written(store_->del(one.one("key"), mode));
        }
        if (one.command == "batch") {
            return written(store_->write(batch(one), mode));
        }
        if (one.command == "scan") {
            return scan();
        }
        const Status done = one.command == "flush"     ? store_->flush()
                            : one.command == "compact" ? store_->compact()
                            : one.command == "sync"    ? store_->sync()
                            : one.command == "close"
                                ? store_->close()
                                : Status{Error{ErrorCode::internal, "no such command"}};
        return done ? "" : done.error().message;
    }

    static Batch batch(const Case& one) {
        Batch batch;
        for (const std::string& line : one.lines()) {
            std::istringstream words{line};
            std::string verb;
            std::string key;
            std::string value;
            words >> verb >> key >> value;
            REQUIRE((verb == "put" || verb == "del"));
            must(verb == "put" ? batch.put(key, value) : batch.del(key));
        }
        return batch;
    }

    static std::string written(const Result<Sequence>& sequence) {
        return sequence ? "#" + std::to_string(*sequence) : sequence.error().message;
    }

    std::string open_it() {
        store_.reset();
        store_ = open_store(options_);
        const OpenReport& report = store_->open_report();
        if (report.created) {
            return "created";
        }
        std::string text = report.closed_cleanly ? "closed" : "not closed";
        text += ", segments " + std::to_string(report.segments_read);
        text += ", batches " + std::to_string(report.batches_replayed);
        text += ", operations " + std::to_string(report.operations_replayed);
        text += report.torn_tail ? ", torn" : "";
        return text + ", last #" + std::to_string(store_->last_sequence());
    }

    std::string crash(const std::string& policy) {
        REQUIRE((policy == "drop" || policy == "keep"));
        const auto disk = std::static_pointer_cast<StrictFileSystem>(options_.file_system);
        options_.file_system =
            disk->crash_clone(policy == "drop" ? CrashPolicy::drop : CrashPolicy::keep, 1);
        store_.reset();
        return {};
    }

    std::string scan() {
        const auto iterator = must(store_->scan());
        std::string text;
        while (must(iterator->next())) {
            text += escape(iterator->key()) + "#" + std::to_string(iterator->sequence()) + "=" +
                    escape(iterator->value()) + "\n";
        }
        return text;
    }

    Options options_;
    std::unique_ptr<Store> store_;
};

TEST_CASE("what a store holds after stops of every kind") {
    Script script;
    run_cases("lsm/recovery.txt", [&](const Case& one) { return script.run(one); });
}

}  // namespace
}  // namespace strata::test
