// SPDX-License-Identifier: Apache-2.0
#include "lsm/commit_queue.hpp"

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/pause.hpp"
#include "entry/operation.hpp"
#include "lsm/condition.hpp"

#include <bitset>
#include <deque>
#include <thread>
#include <utility>

namespace strata {
namespace {

// A group holds at most this many encoded bytes, or one larger batch alone: enough that a sync is
// shared by many, little enough that nobody waits long behind it.
constexpr std::size_t group_bytes_max = std::size_t{1} << 20;

// Of a frame around one batch, about; only to decide when a segment is full.
constexpr std::size_t frame_overhead = 24;

// How often the LOG role gives way to writers that are expected.
constexpr int gather_rounds = 8;

// How often a writer that needs no sync looks whether it is done before it sleeps: some 20 us.
constexpr int spin_rounds = 1000;

// What a memtable needs for an entry besides its bytes, about.
constexpr std::size_t entry_overhead = 32;

Error closed_error() { return make_error(ErrorCode::closed, "the store is closed"); }

// What a group wrote so far to keys, for the conditions of its later members.
struct Overlay {
    struct Item {
        Sequence sequence = 0;
        std::optional<std::string> value;  // empty: deleted
    };
    std::map<std::string, Item, std::less<>> items;

    void add(const Batch& batch, Sequence first) {
        OperationReader reader{batch.encoded()};
        Entry entry;
        while (reader.next(entry)) {
            Item& item = items[std::string{entry.key}];
            item.sequence = first++;
            item.value.reset();
            if (entry.kind != Kind::del) {
                item.value = std::string{entry.value};
            }
        }
    }
};

}  // namespace

void CommitQueue::start(Sequence last, std::shared_ptr<Memtable> memtable) {
    last_ = last;
    applied_ = memtable;
    memtable_ = std::move(memtable);
}

Result<Sequence> CommitQueue::write(const Batch& batch, bool sync) {
    Writer writer;
    writer.batch = &batch;
    writer.sync = sync;
    return submit(writer);
}

Status CommitQueue::seal() {
    Writer writer;
    writer.job = Job::seal;
    STRATA_TRY(submit(writer));
    return {};
}

Status CommitQueue::mark() {
    Writer writer;
    writer.job = Job::mark;
    writer.sync = true;
    STRATA_TRY(submit(writer));
    return {};
}

bool CommitQueue::can_log() const {
    if (logging_ || queue_.empty()) {
        return false;
    }
    // A condition is judged against everything before it, so all of that must be applied.
    if (queue_.front().conditional()) {
        return !committing_ && appended_.empty();
    }
    // What must be synced gains nothing by being appended while a sync is under way: it waits, and
    // the next sync serves a larger group.
    return !(syncing_ && queue_.front().sync);
}

bool CommitQueue::can_commit() const { return !committing_ && !appended_.empty(); }

void CommitQueue::enqueue(Writer& writer) {
    writer.group = next_group_;
    queue_.push_back(writer);
}

void CommitQueue::see_done(Writer& writer) {
    bool took_role = false;
    bool spun = false;
    while (!writer.done.load(std::memory_order_acquire)) {
        if (can_log()) {
            take_log_role();
            took_role = true;
        } else if (can_commit()) {
            take_commit_role();
            took_role = true;
        } else if (!spun && !writer.sync && !syncing_) {
            spun = true;
            spin(writer);
        } else {
            wait(writer);
        }
    }
    if (took_role) {
        pass_roles();
        idle_.notify_all();
    }
}

Result<Sequence> CommitQueue::outcome(Writer& writer) {
    if (writer.error) {
        return std::move(*writer.error);
    }
    if (writer.loses) {
        return make_error(ErrorCode::conflict, "a condition of the batch does not hold");
    }
    return writer.last;
}

Result<Sequence> CommitQueue::submit(Writer& writer) {
    MutexLock lock{mutex_};
    if (stopped_) {
        return closed_error();
    }
    enqueue(writer);
    see_done(writer);
    lock.unlock();
    return outcome(writer);
}

std::vector<Result<Sequence>> CommitQueue::write_all(std::span<const Batch* const> batches,
                                                     bool sync) {
    std::deque<Writer> writers;
    std::vector<Result<Sequence>> outcomes;
    outcomes.reserve(batches.size());
    {
        const MutexLock lock{mutex_};
        if (stopped_) {
            for (std::size_t i = 0; i < batches.size(); ++i) {
                outcomes.emplace_back(closed_error());
            }
            return outcomes;
        }
        for (const Batch* batch : batches) {
            Writer& writer = writers.emplace_back();
            writer.batch = batch;
            writer.sync = sync;
            enqueue(writer);
        }
        // A later one may be done first: what is appended fails before what another thread commits.
        for (Writer& writer : writers) {
            see_done(writer);
        }
    }
    for (Writer& writer : writers) {
        outcomes.push_back(outcome(writer));
    }
    return outcomes;
}

// What is under way without a sync takes a microsecond or two, much less than going to sleep and
// being woken. It takes longer when its thread lost its processor, hence the limit.
void CommitQueue::spin(const Writer& writer) {
    mutex_.unlock();
    for (int round = 0; round < spin_rounds && !writer.done.load(std::memory_order_acquire);
         ++round) {
        pause_processor();
    }
    mutex_.lock();
}

void CommitQueue::wait(Writer& writer) {
    writer.sleeps = true;
    writer.slot = writer.group % slots_.size();
    std::atomic<std::uint32_t>& epoch = slots_[writer.slot].epoch;
    const std::uint32_t seen = epoch.load(std::memory_order_acquire);
    mutex_.unlock();
    if (!writer.done.load(std::memory_order_acquire)) {
        epoch.wait(seen, std::memory_order_acquire);
    }
    mutex_.lock();
    writer.sleeps = false;
}

// One waiter is enough to take the roles; whoever takes them passes them on again. One that does
// not sleep is on its way to look for itself.
void CommitQueue::pass_roles() {
    const Writer* heir = nullptr;
    if (can_commit()) {
        heir = &appended_.front().writers.front();
    } else if (can_log()) {
        heir = &queue_.front();
    }
    if (heir != nullptr && heir->sleeps) {
        std::atomic<std::uint32_t>& epoch = slots_[heir->slot].epoch;
        epoch.fetch_add(1, std::memory_order_release);
        epoch.notify_one();
    }
}

CommitQueue::Group CommitQueue::next_group() {
    Group group;
    group.id = next_group_++;
    std::size_t bytes = 0;
    const bool conditional = queue_.front().conditional();
    while (!queue_.empty()) {
        const Writer& candidate = queue_.front();
        const bool alone = candidate.job == Job::seal;
        if (!group.writers.empty() && (alone || bytes + candidate.bytes() > group_bytes_max ||
                                       (candidate.conditional() && !conditional))) {
            break;
        }
        Writer& writer = queue_.pop_front();
        bytes += writer.bytes();
        writer.group = group.id;
        group.sync = group.sync || writer.sync;
        group.writers.push_back(writer);
        if (alone) {
            break;
        }
    }
    return group;
}

void CommitQueue::take_log_role() {
    logging_ = true;
    const bool conditional = queue_.front().conditional();
    committing_ = committing_ || conditional;
    gather();
    Group group = next_group();
    mutex_.unlock();
    std::optional<Error> error;
    if (failure_.failed()) {
        error = failure_.refused();
    } else {
        if (conditional) {
            if (auto judged = evaluate(group); !judged) {
                error = judged.take_error();
            }
        }
        if (!error) {
            error = append(group);
        }
    }
    mutex_.lock();
    logging_ = false;
    committing_ = committing_ && !conditional;
    if (error && error->outcome_unknown) {
        fail_appended(*error);
    }
    if (error) {
        finish(group, error);
    } else {
        appended_.push_back(std::move(group));
    }
}

// The members of the group before were woken just now and are about to write again. As long as
// more of them arrive, giving way to them costs less than the sync that a small group spends on
// itself (after PostgreSQL's commit_siblings, but counted and without a timer).
void CommitQueue::gather() {
    if (!queue_.front().sync) {
        return;
    }
    for (int round = 0; round < gather_rounds && queue_.size() < last_group_; ++round) {
        const std::size_t before = queue_.size();
        mutex_.unlock();
        std::this_thread::yield();
        mutex_.lock();
        if (queue_.size() == before) {
            return;
        }
    }
}

void CommitQueue::take_commit_role() {
    committing_ = true;
    groups_in_commit_.swap(appended_);
    last_group_ = 0;
    for (const Group& group : groups_in_commit_) {
        syncing_ = syncing_ || group.sync;
        last_group_ += group.writers.size();
    }
    mutex_.unlock();
    const std::optional<Error> error = commit(groups_in_commit_);
    mutex_.lock();
    committing_ = false;
    syncing_ = false;
    if (error) {
        fail_appended(*error);
    }
    for (const Group& group : groups_in_commit_) {
        finish(group, error);
    }
    groups_in_commit_.clear();
}

// Members of groups that were appended behind a failure: their bytes may be on disk too.
void CommitQueue::fail_appended(const Error& error) {
    for (const Group& group : appended_) {
        finish(group, error);
    }
    appended_.clear();
}

void CommitQueue::finish(const Group& group, const std::optional<Error>& error) {
    std::bitset<slot_count> asleep;
    for (Writer& writer : group.writers) {
        if (writer.sleeps) {
            asleep.set(writer.slot);
        }
        if (error) {
            writer.error = error;
        }
        // Its thread may return, and the writer be gone, from here on.
        writer.done.store(true, std::memory_order_release);
    }
    for (std::size_t slot = 0; asleep.any() && slot < slot_count; ++slot) {
        if (asleep.test(slot)) {
            slots_[slot].epoch.fetch_add(1, std::memory_order_release);
            slots_[slot].epoch.notify_all();
        }
    }
}

Status CommitQueue::evaluate(const Group& group) {
    Overlay overlay;
    Sequence next = last_ + 1;
    for (Writer& writer : group.writers) {
        if (writer.batch == nullptr) {
            continue;
        }
        for (const Condition& condition : writer.batch->conditions()) {
            const auto found = overlay.items.find(condition.key);
            bool held = false;
            if (found != overlay.items.end()) {
                std::optional<Bytes> value;
                if (found->second.value) {
                    value = *found->second.value;
                }
                held = condition_holds(condition.test, found->second.sequence, value);
            } else {
                const auto current = STRATA_TRY(target_.newest(condition.key));
                std::optional<Bytes> value;
                if (current) {
                    value = current->bytes();
                }
                held = condition_holds(condition.test, current ? current->sequence() : 0, value);
            }
            writer.loses = writer.loses || !held;
        }
        if (!writer.loses) {
            overlay.add(*writer.batch, next);
            next += writer.batch->operations();
        }
    }
    return {};
}

std::optional<Error> CommitQueue::append(Group& group) {
    std::size_t bytes = 0;
    for (const Writer& writer : group.writers) {
        bytes += writer.loses ? 0 : writer.bytes() + frame_overhead;
    }
    const bool wants_seal = group.writers.front().job == Job::seal;
    const bool full =
        memtable_bytes_ > 0 && (wants_seal || memtable_bytes_ >= limits_.memtable_size ||
                                log_.size_with_pending() + bytes > limits_.segment_size);
    if (auto room = target_.wait_for_room(bytes, full); !room) {
        return room.take_error();
    }
    if (full) {
        previous_segment_ = log_.active_number();
        if (auto rotated = log_.rotate(last_); !rotated) {
            Error error = rotated.take_error();
            if (error.code != ErrorCode::no_space || error.outcome_unknown) {
                failure_.set(error);
                return failure_.unknown();
            }
            return error;
        }
        memtable_ = std::make_shared<Memtable>(last_, limits_.memtable_size);
        memtable_bytes_ = 0;
    }
    group.memtable = memtable_;
    group.previous_segment = previous_segment_;
    return fill(group);
}

// Adds the group to the log and gives out its sequences.
std::optional<Error> CommitQueue::fill(Group& group) {
    Sequence last = last_;
    group.first = last + 1;
    std::uint64_t user_bytes = 0;
    for (Writer& writer : group.writers) {
        if (writer.job == Job::mark) {
            log_.add_mark(now_ms());
        } else if (writer.batch != nullptr && !writer.loses && !writer.batch->empty()) {
            log_.add_batch(writer.batch->encoded(), writer.batch->operations());
            last += writer.batch->operations();
            user_bytes += writer.bytes();
        }
        writer.last = last;
    }
    if (log_.has_pending()) {
        if (auto error = write_pending(last, group.sync)) {
            return error;
        }
    }
    last_ = last;
    group.last = last;
    group.end = log_.end();
    const std::size_t grown =
        user_bytes + static_cast<std::size_t>(last - group.first + 1) * entry_overhead;
    memtable_bytes_.store(memtable_bytes_.load(std::memory_order_relaxed) + grown,
                          std::memory_order_relaxed);
    user_bytes_.fetch_add(user_bytes, std::memory_order_relaxed);
    groups_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
}

std::optional<Error> CommitQueue::write_pending(Sequence last, bool sync_follows) {
    if (auto reserved = log_.reserve();
        !reserved && reserved.error().code != ErrorCode::unsupported) {
        Error error = reserved.take_error();
        log_.discard();
        if (error.code != ErrorCode::no_space) {
            failure_.set(error);
            return failure_.refused();
        }
        return error;
    }
    if (auto written = log_.write(last, sync_follows); !written) {
        failure_.set(written.error());
        return failure_.unknown();
    }
    return std::nullopt;
}

std::optional<Error> CommitQueue::commit(const std::vector<Group>& groups) {
    bool sync = false;
    for (const Group& group : groups) {
        sync = sync || group.sync;
    }
    if (failure_.failed()) {
        return failure_.unknown();
    }
    if (sync) {
        if (auto synced = log_.sync_to(groups.back().end); !synced) {
            failure_.set(synced.error());
            return failure_.unknown();
        }
    }
    for (const Group& group : groups) {
        if (group.memtable != applied_) {
            // Everything in the old memtable is visible before it may be flushed: a reader that
            // finds its table must not read at a sequence the table no longer serves.
            target_.publish(group.first - 1);
            target_.seal(group.memtable, group.previous_segment);
            applied_ = group.memtable;
        }
        apply(group);
    }
    target_.publish(groups.back().last);
    return std::nullopt;
}

void CommitQueue::apply(const Group& group) {
    Entry entry;
    entry.sequence = group.first - 1;
    for (const Writer& writer : group.writers) {
        if (writer.batch == nullptr || writer.loses) {
            continue;
        }
        OperationReader reader{writer.batch->encoded()};
        while (reader.next(entry)) {
            ++entry.sequence;
            group.memtable->insert(entry);
        }
        STRATA_ASSERT(!reader.failed() && entry.sequence == writer.last);
    }
}

void CommitQueue::stop() {
    MutexLock lock{mutex_};
    stopped_ = true;
    while (!queue_.empty() || !appended_.empty() || logging_ || committing_) {
        idle_.wait(mutex_);
    }
}

Sequence CommitQueue::last_sequence() const {
    const MutexLock lock{mutex_};
    return last_;
}

CommitQueue::Prospect CommitQueue::prospect(std::size_t bytes) const {
    Prospect prospect;
    {
        const MutexLock lock{mutex_};
        prospect.waiting = queue_.size();
    }
    prospect.memtable_bytes = memtable_bytes_.load(std::memory_order_relaxed);
    prospect.memtable_limit = limits_.memtable_size;
    prospect.seals = prospect.memtable_bytes > 0 &&
                     (prospect.memtable_bytes >= limits_.memtable_size ||
                      log_.end().offset + bytes + frame_overhead > limits_.segment_size);
    return prospect;
}

std::uint64_t CommitQueue::groups() const { return groups_.load(std::memory_order_relaxed); }

std::uint64_t CommitQueue::user_bytes() const {
    return user_bytes_.load(std::memory_order_relaxed);
}

}  // namespace strata
