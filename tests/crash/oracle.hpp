// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What the crash tests know about a store from outside of it: the state after every batch, how
/// many batches were begun, how many have to survive a power cut; and how a disk is held against
/// that.
namespace strata::test {

struct Change {
    std::string key{};
    std::optional<std::string> value{};  ///< empty: a delete
};
using Changes = std::vector<Change>;

struct State {
    std::map<std::string, std::string> entries{};
    Sequence last = 0;
};

/// The states of one store in commit order, state 0 being where it began. One thread writes and
/// reads states; begun() and durable() may be read by any.
class History {
  public:
    History() : History{State{}} {}
    explicit History(State base) { states_.push_back(std::move(base)); }

    /// A batch is about to be written. Returns the sequence its last operation has to get.
    Sequence begin(const Changes& changes);
    /// The batch begun last was refused: it must never be seen.
    void reject();
    /// Everything begun so far was acknowledged as durable.
    void all_durable() { durable_.store(begun_.load()); }
    /// open() returned: from now on the store exists.
    void opened() { exists_.store(true); }

    [[nodiscard]] std::size_t begun() const { return begun_.load(); }
    [[nodiscard]] std::size_t durable() const { return durable_.load(); }
    [[nodiscard]] bool exists() const { return exists_.load(); }
    [[nodiscard]] const State& state(std::size_t index) const { return states_.at(index); }
    [[nodiscard]] const State& newest() const { return states_.back(); }
    /// Every key that was ever written, and those of the base.
    [[nodiscard]] std::set<std::string> keys() const;
    /// The state whose last operation has this sequence, unless the sequence is inside a batch.
    [[nodiscard]] std::optional<std::size_t> find(Sequence last) const;

  private:
    std::vector<State> states_{};
    std::set<std::string> written_{};
    std::atomic<std::size_t> begun_{0};
    std::atomic<std::size_t> durable_{0};
    std::atomic<bool> exists_{false};
};

/// A disk as a power cut left it, and what it may hold: a state from `least` to `most`.
struct Cut {
    std::shared_ptr<StrictFileSystem> disk{};
    std::size_t least = 0;
    std::size_t most = 0;
    bool exists = false;   ///< the store must be there
    Sequence visible = 0;  ///< readers had seen this operation and relied on it
    std::string where{};   ///< the call before which the power went, and the policy
};

/// Cuts the power on copies of a disk before every call that changes it.
class Cutter {
  public:
    Cutter(std::shared_ptr<StrictFileSystem> disk, const History& history, std::uint64_t seed,
           unsigned torn);

    /// From now on readers of this store rely on what they see, since every write of it is in
    /// sync mode. Null before the store goes.
    void watch(const Store* store) { store_.store(store); }
    /// To be asked before every call on the disk.
    void before(const FileCall& call);
    /// The cuts since the last take().
    std::vector<Cut> take();
    /// The disk as it is now.
    void cut(CrashPolicy policy, std::uint64_t seed, const std::string& where);

  private:
    std::shared_ptr<StrictFileSystem> disk_;
    const History& history_;
    std::uint64_t seed_;
    unsigned torn_;
    std::atomic<const Store*> store_{nullptr};
    std::mutex mutex_{};
    std::vector<Cut> cuts_{};
};

/// Whether a call may change what is on the disk; `disk` is what it goes to.
bool changes_disk(const FileCall& call, FileSystem& disk);

/// What looking at a disk found out.
struct Found {
    std::string wrong{};  ///< empty: nothing
    std::size_t state = 0;
};

extern const char* const store_directory;

/// A batch with these changes.
Batch batch_of(const Changes& changes);

/// Compares everything that reads return with a state: forward, reverse, one by one.
std::string compare(Store& store, const State& state, const std::set<std::string>& keys,
                    const Snapshot* snapshot = nullptr);

/// Opens the disk read-only, which starts no thread and writes nothing, and compares.
Found verify_read_only(const Cut& cut, const History& history);

/// Opens the disk as a user would after a crash, with no options; compares; checks all files;
/// writes, and cuts the power again: what was recovered and then written is exactly what is there.
Found verify_open(const Cut& cut, const History& history, std::uint64_t seed);

}  // namespace strata::test
