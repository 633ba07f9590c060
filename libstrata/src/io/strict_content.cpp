// SPDX-License-Identifier: Apache-2.0
#include "io/strict_content.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace strata {

CrashChoice::CrashChoice(CrashPolicy policy, std::uint64_t seed) noexcept
    : policy_{policy}, state_{seed}, leaning_{0} {
    leaning_ = next() % 3;
}

/// splitmix64 (Steele, Lea, Flood 2014): the same choices with every compiler.
std::uint64_t CrashChoice::next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

std::size_t CrashChoice::choose(std::size_t count) noexcept {
    switch (policy_) {
        case CrashPolicy::drop:
            return 0;
        case CrashPolicy::keep:
            return count - 1;
        case CrashPolicy::torn:
            break;
    }
    const std::uint64_t number = next();
    const bool lean = leaning_ != 0 && (number >> 60U) != 0;  // 15 of 16
    if (lean) {
        return leaning_ == 1 ? count - 1 : 0;
    }
    return static_cast<std::size_t>((number & 0xffffffffU) % count);
}

bool StrictContent::same(const Sector& a, const Sector& b) noexcept {
    static constexpr Data zeros{};
    const Data& left = a == nullptr ? zeros : *a;
    const Data& right = b == nullptr ? zeros : *b;
    return a == b || left == right;
}

std::size_t StrictContent::read(std::uint64_t offset, std::span<char> out) const {
    if (offset >= size_) {
        return 0;
    }
    const auto total =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
    std::size_t done = 0;
    while (done < total) {
        const std::uint64_t at = offset + done;
        const auto index = static_cast<std::size_t>(at / sector_size);
        const auto inside = static_cast<std::size_t>(at % sector_size);
        const std::size_t part = std::min(sector_size - inside, total - done);
        const bool stored = index < sectors_.size() && sectors_[index] != nullptr;
        if (stored) {
            std::memcpy(out.data() + done, sectors_[index]->data() + inside, part);
        } else {
            std::memset(out.data() + done, 0, part);
        }
        done += part;
    }
    return total;
}

void StrictContent::write(std::uint64_t offset, Bytes data) {
    std::size_t done = 0;
    while (done < data.size()) {
        const std::uint64_t at = offset + done;
        const auto inside = static_cast<std::size_t>(at % sector_size);
        const std::size_t part = std::min(sector_size - inside, data.size() - done);
        write_sector(static_cast<std::size_t>(at / sector_size), inside, data.substr(done, part));
        done += part;
    }
    if (!data.empty()) {
        set_size(std::max(size_, offset + data.size()));
    }
}

void StrictContent::resize(std::uint64_t size) {
    if (size < size_) {
        static constexpr Data zeros{};
        const auto inside = static_cast<std::size_t>(size % sector_size);
        auto first_dropped = static_cast<std::size_t>(size / sector_size);
        if (inside != 0) {
            write_sector(first_dropped, inside, Bytes{zeros.data(), sector_size - inside});
            ++first_dropped;
        }
        for (std::size_t index = first_dropped; index < sectors_.size(); ++index) {
            set_sector(index, nullptr);
        }
        sectors_.resize(std::min(sectors_.size(), first_dropped));
    }
    set_size(size);
}

void StrictContent::sync() {
    sector_history_.clear();
    other_sizes_.clear();
    durable_size_ = size_;
}

StrictContent StrictContent::after_crash(CrashChoice& choice) const {
    StrictContent left;
    left.sectors_ = sectors_;
    const std::uint64_t size = size_after_crash(choice);
    for (const auto& [index, values] : sector_history_) {
        const Sector& chosen = values[choice.choose(values.size())];
        if (index >= left.sectors_.size()) {
            left.sectors_.resize(index + 1);
        }
        left.sectors_[index] = chosen;
    }
    // A sector that survived beyond the size that survived is cut off; a later one is not there.
    left.size_ = std::max<std::uint64_t>(size, left.sectors_.size() * sector_size);
    left.resize(size);
    left.sync();
    return left;
}

void StrictContent::write_sector(std::size_t index, std::size_t offset, Bytes data) {
    const bool stored = index < sectors_.size() && sectors_[index] != nullptr;
    auto changed = stored ? std::make_shared<Data>(*sectors_[index]) : std::make_shared<Data>();
    std::memcpy(changed->data() + offset, data.data(), data.size());
    set_sector(index, std::move(changed));
}

void StrictContent::set_sector(std::size_t index, Sector sector) {
    if (index >= sectors_.size()) {
        sectors_.resize(index + 1);
    }
    if (same(sectors_[index], sector)) {
        return;
    }
    std::vector<Sector>& values = sector_history_[index];
    if (values.empty()) {
        values.push_back(sectors_[index]);
    }
    // The newest value stands last, so that `keep` finds it; a value that comes back moves there,
    // except the durable one, which stays first as well.
    const auto known = std::find_if(values.begin() + 1, values.end(),
                                    [&](const Sector& value) { return same(value, sector); });
    if (known != values.end()) {
        values.erase(known);
    }
    values.push_back(sector);
    if (values.size() > values_max) {
        values.erase(values.begin() + values_max / 2);
    }
    sectors_[index] = std::move(sector);
}

void StrictContent::set_size(std::uint64_t size) {
    if (size != size_) {
        other_sizes_.insert(size_);
        other_sizes_.erase(size);
        size_ = size;
    }
}

std::uint64_t StrictContent::size_after_crash(CrashChoice& choice) const {
    if (size_ == durable_size_ && other_sizes_.empty()) {
        return size_;
    }
    const std::size_t count = other_sizes_.size() + 2;
    const std::size_t chosen = choice.choose(count);
    if (chosen == 0) {
        return durable_size_;
    }
    if (chosen == count - 1) {
        return size_;
    }
    return *std::next(other_sizes_.begin(), static_cast<std::ptrdiff_t>(chosen) - 1);
}

}  // namespace strata
