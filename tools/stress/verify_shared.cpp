// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_shared.hpp"

#include "common/encoding.hpp"
#include "stress/verify_operation.hpp"
#include "stress/verify_perform.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

std::string prefix_of(std::size_t group) { return fmt::format("{}{:02}/", shared_prefix, group); }

std::string key_of(std::size_t group, std::size_t member) {
    return prefix_of(group) + std::to_string(member);
}

/// The same for all keys of the group: who wrote, the how manyth write of that thread it was, and
/// bytes that follow from both.
std::string value_of(std::size_t thread, std::uint64_t number) {
    std::string value = fmt::format("{}:{}:", thread, number);
    return value.append((number * 37 + thread * 11) % 300, static_cast<char>('a' + number % 26));
}

struct Stamp {
    std::uint64_t thread = 0;
    std::uint64_t number = 0;
};

std::optional<Stamp> stamp_of(std::string_view value) {
    const std::size_t first = value.find(':');
    const std::size_t second = first == value.npos ? first : value.find(':', first + 1);
    if (second == value.npos) {
        return std::nullopt;
    }
    const auto thread = parse_number(value.substr(0, first));
    const auto number = parse_number(value.substr(first + 1, second - first - 1));
    if (!thread || !number || value != value_of(*thread, *number)) {
        return std::nullopt;
    }
    return Stamp{.thread = *thread, .number = *number};
}

/// A group as one view shows it: who wrote it, and the sequence of its first key.
struct Seen {
    std::string wrong{};
    Sequence sequence = 0;  ///< 0: the group is not there
    Stamp stamp{};
};

Seen seen_of(std::size_t group, const std::vector<Entry>& entries) {
    const auto there = std::count_if(entries.begin(), entries.end(),
                                     [](const Entry& entry) { return entry.value.has_value(); });
    if (there == 0) {
        return {};
    }
    Seen seen;
    if (there != shared_group_keys || entries.size() != shared_group_keys) {
        seen.wrong = fmt::format("group {}: expected {} keys or none, found {}", group,
                                 shared_group_keys, there);
        return seen;
    }
    const std::string& value = *entries.front().value;
    const auto stamp = stamp_of(value);
    if (!stamp) {
        seen.wrong = fmt::format("group {}: found {}, which nobody wrote", group, shown(value));
        return seen;
    }
    seen.stamp = *stamp;
    seen.sequence = entries.front().sequence;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (*entries[i].value != value || entries[i].sequence != seen.sequence + i) {
            seen.wrong = fmt::format(
                "group {}: a batch in parts: key 0 has {} #{}, key {} has {} #{}", group,
                shown(value), seen.sequence, i, shown(*entries[i].value), entries[i].sequence);
            return seen;
        }
    }
    return seen;
}

Answer read_group(Store& store, std::size_t group, std::uint64_t way) {
    HeldSnapshots none;
    if (way == 0) {
        Operation get{.kind = Operation::Kind::get};
        for (std::size_t member = 0; member < shared_group_keys; ++member) {
            get.keys.push_back(key_of(group, member));
        }
        return perform(store, none, get);
    }
    Answer answer = read_range(store, {.prefix = prefix_of(group), .reverse = way == 1}, 0);
    if (way == 1) {
        std::reverse(answer.entries.begin(), answer.entries.end());
    }
    return answer;
}

}  // namespace

std::string SharedUser::step(Store& store) {
    const std::size_t group = dice_.below(shared_groups);
    return dice_.one_in(2) ? write(store, group) : read(store, group);
}

std::string SharedUser::write(Store& store, std::size_t group) {
    HeldSnapshots none;
    const std::uint64_t number = board_.begin(thread_);
    Operation batch{.kind = Operation::Kind::write, .sync = SyncMode::none()};
    for (std::size_t member = 0; member < shared_group_keys; ++member) {
        batch.changes.push_back({.key = key_of(group, member), .value = value_of(thread_, number)});
    }
    const Answer answer = perform(store, none, batch);
    if (answer.error) {
        return fmt::format("group {}: write: {}", group, answer.error->message);
    }
    if (answer.sequence <= written_[group].sequence) {
        return fmt::format("group {}: a write was given sequence {}, the one before it {}", group,
                           answer.sequence, written_[group].sequence);
    }
    written_[group] = {.sequence = answer.sequence, .number = number};
    return {};
}

std::string SharedUser::read(Store& store, std::size_t group) {
    const Answer answer = read_group(store, group, dice_.below(3));
    if (answer.error) {
        return fmt::format("group {}: read: {}", group, answer.error->message);
    }
    const Seen seen = seen_of(group, answer.entries);
    if (!seen.wrong.empty()) {
        return seen.wrong;
    }
    const Sequence known =
        std::max(seen_[group], written_[group].sequence == 0
                                   ? Sequence{0}
                                   : written_[group].sequence - (shared_group_keys - 1));
    if (seen.sequence < known) {
        return fmt::format("group {}: went back from sequence {} to {}", group, known,
                           seen.sequence);
    }
    if (seen.sequence != 0 && (seen.stamp.thread >= board_.threads() ||
                               seen.stamp.number > board_.begun(seen.stamp.thread))) {
        return fmt::format("group {}: holds write {} of thread {}, which was not begun", group,
                           seen.stamp.number, seen.stamp.thread);
    }
    seen_[group] = seen.sequence;
    return {};
}

std::string check_shared(Store& store, const std::vector<SharedUser*>& users) {
    for (std::size_t group = 0; group < shared_groups; ++group) {
        std::size_t winner = 0;
        for (std::size_t i = 1; i < users.size(); ++i) {
            if (users[i]->written(group).sequence > users[winner]->written(group).sequence) {
                winner = i;
            }
        }
        const SharedUser::Written& last = users[winner]->written(group);
        const Answer answer = read_group(store, group, 0);
        if (answer.error) {
            return fmt::format("group {}: read: {}", group, answer.error->message);
        }
        const Seen seen = seen_of(group, answer.entries);
        if (!seen.wrong.empty()) {
            return seen.wrong;
        }
        const Sequence sequence = last.sequence == 0 ? 0 : last.sequence - (shared_group_keys - 1);
        const bool same =
            seen.sequence == sequence &&
            (sequence == 0 || (seen.stamp.thread == winner && seen.stamp.number == last.number));
        if (!same) {
            return fmt::format(
                "group {}: expected write {} of thread {} at sequence {}, found write {} of "
                "thread {} at sequence {}",
                group, last.number, winner, sequence, seen.stamp.number, seen.stamp.thread,
                seen.sequence);
        }
    }
    return {};
}

}  // namespace strata::tools
