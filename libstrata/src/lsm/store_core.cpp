// SPDX-License-Identifier: Apache-2.0
#include "lsm/store_core.hpp"

#include "base/assert.hpp"
#include "base/file_name.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>
#include <utility>

namespace strata {

StoreCore::StoreCore(Config config)
    : files_{latched_file_system(config.file_system, failure)},
      cache{std::make_shared<BlockCache>(config.options.memory)},
      log{StoreLog::Config{.file_system = files_.get(),
                           .directory = config.directory,
                           .store = config.store,
                           .next_number = [this] { return next_number(); }}},
      config_{std::move(config)} {
    // The active memtable is charged with its greatest size for good, sealed ones as they come.
    cache->charge(static_cast<std::ptrdiff_t>(memtable_size()));
    tables_ = std::make_shared<const TableContext>(
        TableContext{.files = config_.file_system,
                     .directory = config_.directory,
                     .cache = cache,
                     .mapped = config_.options.mapped_tables,
                     .on_obsolete = [obsolete = obsolete_](std::uint64_t number) {
                         const MutexLock lock{obsolete->mutex};
                         obsolete->names.push_back(file_name(FileType::table, number));
                     }});
}

void StoreCore::start(Manifest manifest, std::uint64_t previous_manifest, ReadView first) {
    {
        const MutexLock lock{install_mutex_};
        manifest_ = std::move(manifest);
        previous_manifest_ = previous_manifest;
    }
    for (const SealedMemtable& sealed : first.sealed) {
        cache->charge(static_cast<std::ptrdiff_t>(sealed.memtable->memory()));
    }
    const MutexLock lock{view_mutex_};
    publish(std::make_shared<const ReadView>(std::move(first)));
}

void StoreCore::publish(std::shared_ptr<const ReadView> next) {
    current_ = std::move(next);
    views.publish(current_);
}

void StoreCore::seal(std::shared_ptr<Memtable> memtable, std::uint64_t last_segment) {
    {
        const MutexLock lock{view_mutex_};
        auto next = std::make_shared<ReadView>(*current_);
        cache->charge(static_cast<std::ptrdiff_t>(next->active->memory()));
        next->sealed.insert(next->sealed.begin(),
                            SealedMemtable{.memtable = next->active, .last_segment = last_segment});
        next->active = std::move(memtable);
        publish(std::move(next));
    }
    signal();
}

Status StoreCore::install(Install&& asked) {
    {
        const MutexLock install_lock{install_mutex_};
        // Let go of under the mutex, as `before` is: what the next change gives up then has no
        // holder in a thread that installed an earlier one.
        const Install change{std::move(asked)};
        if (failure.failed()) {
            return failure.refused();
        }
        if (auto synced = log.sync_sealed(); !synced) {
            failure.set(synced.error());
            return synced;
        }
        const ViewPtr before = view();
        const std::shared_ptr<const Version> version = apply(*before->version, change.edit);
        std::uint64_t retired = 0;  // segments up to this number hold nothing that is not in tables
        Manifest manifest = manifest_;
        manifest.runs = version->facts();
        manifest.set_history_floor(std::max(manifest.history_floor(), change.history_floor));
        log.describe(manifest);
        if (change.flushed) {
            const SealedMemtable& oldest = before->sealed.back();
            STRATA_ASSERT(oldest.memtable == change.flushed);
            retired = oldest.last_segment;
            std::erase_if(manifest.sealed,
                          [&](const SegmentFacts& segment) { return segment.number <= retired; });
            manifest.last_sequence =
                std::max(manifest.last_sequence, oldest.memtable->last_sequence());
        }
        STRATA_TRY(save(std::move(manifest)));
        {
            const MutexLock view_lock{view_mutex_};
            auto next = std::make_shared<ReadView>(*current_);
            next->version = version;
            next->history_floor = manifest_.history_floor();
            if (change.flushed) {
                cache->charge(-static_cast<std::ptrdiff_t>(change.flushed->memory()));
                next->sealed.pop_back();
            }
            publish(std::move(next));
        }
        for (const std::uint64_t number : log.retire(retired)) {
            add_obsolete(file_name(FileType::wal, number));
        }
        mark_obsolete(*before->version, *version);
    }
    signal();
    return {};
}

Status StoreCore::save(Manifest manifest) {
    const std::uint64_t replaced = manifest_.number;
    manifest.number = next_number();
    manifest.next_number = next_number_.load();
    manifest.time_ms = now_ms();
    if (auto saved = save_manifest(files(), directory(), manifest); !saved) {
        if (saved.error().code != ErrorCode::no_space) {
            failure.set(saved.error());
        }
        return saved;
    }
    manifest_ = std::move(manifest);
    // The one before the current is kept for salvage.
    if (previous_manifest_ != 0) {
        add_obsolete(file_name(FileType::manifest, previous_manifest_));
    }
    previous_manifest_ = replaced;
    return {};
}

Result<StoreCapture> StoreCore::capture() {
    // No install may retire a segment, or change the tables, until all is open or held.
    const MutexLock install_lock{install_mutex_};
    if (failure.failed()) {
        return failure.refused();
    }
    StoreCapture capture{
        .directory = directory(), .manifest = manifest_, .segments = {}, .view = view()};
    Manifest& next = capture.manifest;
    next.sealed = log.durable_segments();
    next.active = 0;
    next.active_key = 0;
    next.number = next_number();
    next.next_number = next.number + 1;
    next.time_ms = now_ms();
    for (const SegmentFacts& segment : next.sealed) {
        next.next_number = std::max(next.next_number, segment.number + 1);
        auto file = STRATA_TRY(tables_->files->open(
            file_path(directory(), FileType::wal, segment.number), OpenMode::read));
        capture.segments.push_back(std::move(file));
    }
    return capture;
}

Status StoreCore::save_closing_manifest() {
    const MutexLock install_lock{install_mutex_};
    if (failure.failed()) {
        return failure.refused();
    }
    Manifest manifest = manifest_;
    log.describe(manifest);
    return save(std::move(manifest));
}

std::vector<std::shared_ptr<const LiveTable>> StoreCore::make_tables(
    const std::vector<TableFacts>& facts) const {
    std::vector<std::shared_ptr<const LiveTable>> tables;
    tables.reserve(facts.size());
    for (const TableFacts& one : facts) {
        tables.push_back(std::make_shared<const LiveTable>(tables_, one));
    }
    return tables;
}

void StoreCore::add_obsolete(std::string name) {
    const MutexLock lock{obsolete_->mutex};
    obsolete_->names.push_back(std::move(name));
}

void StoreCore::remove_obsolete() {
    const MutexLock removal_lock{removal_mutex_};
    std::vector<std::string> names;
    {
        const MutexLock lock{obsolete_->mutex};
        names.swap(obsolete_->names);
    }
    for (const std::string& name : names) {
        if (failure.failed()) {
            return;
        }
        // A file that cannot be removed costs space until the next open sweeps it.
        if (auto removed = files().unlink(directory() + "/" + name); !removed) {
            events.add("could not remove {}: {}", name, removed.error().message);
        }
    }
}

void StoreCore::signal() {
    {
        const MutexLock lock{signal_mutex_};
        ++signals_;
    }
    signal_.notify_all();
}

std::uint64_t StoreCore::signals() const {
    const MutexLock lock{signal_mutex_};
    return signals_;
}

void StoreCore::wait_signal(std::uint64_t seen, std::chrono::milliseconds timeout) {
    const auto deadline = SteadyClock::now() + timeout;
    const MutexLock lock{signal_mutex_};
    // A stop that was requested before the caller read `seen` sends no other signal.
    while (signals_ == seen && !stopping()) {
        const auto left = deadline - SteadyClock::now();
        if (left <= SteadyClock::duration::zero() || !signal_.wait_for(signal_mutex_, left)) {
            return;
        }
    }
}

void StoreCore::request_stop() {
    stopping_.store(true, std::memory_order_release);
    signal();
}

}  // namespace strata
