// SPDX-License-Identifier: Apache-2.0
#include "stress/faulty_store.hpp"

#include "entry/operation.hpp"
#include "stress/forwarding_store.hpp"

#include <strata/testing.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

/// A key that no test writes: a delete of it has no effect but takes a sequence.
constexpr Bytes nowhere = "\xff\xff nobody writes this";

struct Memory {
    std::mutex mutex{};
    std::map<std::string, std::string> first{};  ///< values of keys
    bool flushed = false;
    std::set<std::string> unflushed{};  ///< keys written since the last flush
};

/// Gives the third record before the second, or an error instead of the eleventh.
class FaultyIterator : public Iterator {
  public:
    FaultyIterator(std::unique_ptr<Iterator> base, bool swaps, bool fails)
        : base_{std::move(base)}, swaps_{swaps}, fails_{fails} {}

    Result<bool> next() override {
        constexpr int records_max = 10;
        if (fails_ && ++steps_ > records_max) {
            return Error{ErrorCode::corruption, "made up"};
        }
        if (position_ == 1 && swaps_) {
            STRATA_TRY(swap());
        }
        if (position_ < records_.size()) {
            current_ = records_[position_++];
            return true;
        }
        const bool more = STRATA_TRY(base_->next());
        if (more) {
            records_.push_back(take());
            current_ = records_[position_++];
        }
        return more;
    }
    Result<bool> seek(Bytes key) override { return base_->seek(key); }
    [[nodiscard]] Bytes key() const noexcept override { return current_.key; }
    [[nodiscard]] Bytes value() const noexcept override { return *current_.value; }
    [[nodiscard]] Sequence sequence() const noexcept override { return current_.sequence; }
    [[nodiscard]] bool deleted() const noexcept override { return false; }

  private:
    Entry take() {
        return {std::string{base_->key()}, std::string{base_->value()}, base_->sequence()};
    }
    Status swap() {
        swaps_ = false;
        for (int i = 0; i < 2; ++i) {
            const bool more = STRATA_TRY(base_->next());
            if (!more) {
                return {};
            }
            records_.push_back(take());
        }
        std::swap(records_[1], records_[2]);
        return {};
    }

    std::unique_ptr<Iterator> base_;
    bool swaps_;
    bool fails_;
    int steps_ = 0;
    std::vector<Entry> records_{};
    std::size_t position_ = 0;
    Entry current_{};
};

class FaultyStore : public ForwardingStore {
  public:
    FaultyStore(std::unique_ptr<Store> base, Wrong wrong, std::shared_ptr<Memory> memory)
        : ForwardingStore{std::move(base)}, wrong_{wrong}, memory_{std::move(memory)} {}

    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override {
        const std::lock_guard one_at_a_time{memory_->mutex};
        Batch changed;
        OperationReader reader{batch.encoded()};
        strata::Entry entry;
        for (std::uint32_t i = 1; reader.next(entry); ++i) {
            const bool last = i == batch.operations();
            const bool lost =
                (wrong_ == Wrong::forgets_delete && last && i > 1 && entry.kind == Kind::del) ||
                (wrong_ == Wrong::loses_batch_tail && last && i >= 5);
            if (lost) {
                STRATA_TRY(changed.del(nowhere));
            } else if (entry.kind == Kind::del) {
                STRATA_TRY(changed.del(entry.key));
            } else {
                STRATA_TRY(changed.put(entry.key, entry.value));
                memory_->first.emplace(std::string{entry.key}, std::string{entry.value});
            }
            memory_->unflushed.insert(std::string{entry.key});
        }
        if (wrong_ != Wrong::ignores_conditions) {
            for (const Condition& condition : batch.conditions()) {
                STRATA_TRY(changed.require(condition.key, condition.test));
            }
        }
        return base().write(changed, options);
    }

    Result<std::optional<Value>> get(Bytes key, const ReadOptions& options) override {
        const std::lock_guard one_at_a_time{memory_->mutex};
        auto found = STRATA_TRY(base().get(key, changed(options)));
        const auto first = memory_->first.find(std::string{key});
        if (wrong_ == Wrong::stale_value && memory_->flushed && found &&
            first != memory_->first.end()) {
            const auto value = std::make_shared<std::string>(first->second);
            return std::optional{Value{*value, found->sequence(), value}};
        }
        return found;
    }
    Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                       const ReadOptions& options) override {
        return base().get_many(keys, changed(options));
    }
    Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options) override {
        auto iterator = STRATA_TRY(base().scan(options));
        return std::unique_ptr<Iterator>{std::make_unique<FaultyIterator>(
            std::move(iterator), wrong_ == Wrong::misordered_scan && options.reverse,
            wrong_ == Wrong::returns_late_error)};
    }
    Status flush() override {
        const std::lock_guard one_at_a_time{memory_->mutex};
        memory_->flushed = true;
        memory_->unflushed.clear();
        return base().flush();
    }

  private:
    [[nodiscard]] ReadOptions changed(const ReadOptions& options) const {
        return wrong_ == Wrong::moving_snapshot ? ReadOptions{} : options;
    }

    Wrong wrong_;
    std::shared_ptr<Memory> memory_;
};

/// Deletes behind the model's back what a crash would have lost.
Status lose_unflushed(Store& store, Memory& memory) {
    for (const std::string& key : memory.unflushed) {
        STRATA_TRY(store.del(key, {.sync = SyncMode::none()}));
    }
    memory.unflushed.clear();
    return {};
}

}  // namespace

StoreMaker faulty_stores(Wrong wrong) {
    return [wrong]() -> Result<StoreOpener> {
        std::shared_ptr<FileSystem> disk = StrictFileSystem::create();
        auto memory = std::make_shared<Memory>();
        auto times = std::make_shared<int>(0);
        return StoreOpener{[=](bool read_only) -> Result<std::unique_ptr<Store>> {
            constexpr std::size_t small = std::size_t{64} << 10;
            Options options;
            options.memtable_size = small;
            options.read_only = read_only;
            options.file_system = disk;
            auto base = STRATA_TRY(open("/store", options));
            if (wrong == Wrong::reopens_older && !read_only && ++*times > 1) {
                STRATA_TRY(lose_unflushed(*base, *memory));
            }
            return std::unique_ptr<Store>{
                std::make_unique<FaultyStore>(std::move(base), wrong, memory)};
        }};
    };
}

}  // namespace strata::tools
