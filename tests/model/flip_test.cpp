// SPDX-License-Identifier: Apache-2.0
// Proves that damage never gives a wrong answer: every byte of every file of small stores is
// flipped, every file is cut, removed, exchanged and partly zeroed; then the store must answer
// exactly, or refuse and name a file, or, only in the log behind its last durable place and only
// without an orderly close, open with a prefix. No damage makes it allocate without bound.
#include "damaged_store.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace {

std::atomic<std::size_t> greatest_allocation{0};

void* allocate(std::size_t size) {
    if (size > greatest_allocation.load(std::memory_order_relaxed)) {
        greatest_allocation.store(size, std::memory_order_relaxed);
    }
    void* memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    return memory;
}

}  // namespace

// The allocations of the whole program are watched, those of the library among them.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace strata {
namespace {

using test::Answer;
using test::LoggedFrame;
using test::StoreImage;

constexpr std::size_t allocation_max = std::size_t{64} << 20;
constexpr std::size_t sector = 512;

bool thorough() {
    const char* text = std::getenv("STRATA_LONG");
    return text != nullptr && *text != '\0' && *text != '0';
}

using Files = std::map<std::string, std::string>;

// What was done to one file: the bytes from `from` on were touched.
struct Damage {
    std::string name;
    std::string what;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool cut = false;  ///< everything from `from` on is gone
};

// Answers by what was damaged and how.
struct Counts {
    std::uint64_t total = 0;
    std::uint64_t exact = 0;
    std::uint64_t prefix = 0;
    std::uint64_t refused_open = 0;
    std::uint64_t refused_read = 0;
};

class Trial {
  public:
    Trial(const StoreImage& image, Compression compression)
        : image_{image}, options_{test::image_options(compression)} {}

    // Opens the damaged files for reading and for writing, reads everything, checks.
    void run(const Files& files, const Damage& damage) {
        INFO(damage.name, " (", image_.roles.at(damage.name), "): ", damage.what);
        options_.file_system = test::files_of(files);
        options_.read_only = true;
        const Answer first = test::ask(image_, options_);
        judge(first, damage);
        const auto checked = check_directory("/store", {}, options_.file_system.get());
        const bool found = !checked || !checked->findings.empty();
        if (first.refused()) {
            INFO(first.message);
            CHECK(found);
        }
        CHECK(greatest_allocation.load() < allocation_max);
        count(first, damage);
        // An owner starts and stops threads, which takes longer than all the rest.
        if (thorough() || runs_++ % owner_every == 0) {
            own(first, damage);
        }
    }

    void report(const std::string& name) const {
        for (const auto& [what, counts] : counts_) {
            MESSAGE(name, " ", what, ": ", counts.total, " tried, ", counts.exact, " exact, ",
                    counts.refused_open, " refused at open, ", counts.refused_read,
                    " refused at a read, ", counts.prefix, " a prefix");
        }
    }
    [[nodiscard]] Counts counts(const std::string& what) const {
        const auto found = counts_.find(what);
        return found == counts_.end() ? Counts{} : found->second;
    }

  private:
    static constexpr std::uint64_t owner_every = 5;

    // Opens for writing what a reader answered `first` of.
    void own(const Answer& first, const Damage& damage) {
        options_.read_only = false;
        const Answer second = test::ask(image_, options_);
        judge(second, damage);
        CHECK(second.refused() == first.refused());
        if (!first.refused()) {
            CHECK(second.last == first.last);
        }
        CHECK(greatest_allocation.load() < allocation_max);
    }

    void judge(const Answer& answer, const Damage& damage) const {
        INFO(answer.message);
        REQUIRE(answer.kind != Answer::Kind::wrong);
        if (answer.refused()) {
            const bool names_a_file = answer.message.find("/store") != std::string::npos;
            CHECK(names_a_file);
            const bool code =
                answer.code == ErrorCode::corruption || answer.code == ErrorCode::unsupported;
            CHECK(code);
        }
        if (answer.kind == Answer::Kind::exact && image_.clean && damage.cut) {
            const bool unused = damage.from >= image_.files.at(damage.name).find_last_not_of('\0');
            const std::string& role = image_.roles.at(damage.name);
            CHECK((unused || role == "lock" || role == "old-manifest"));
        }
        if (answer.kind == Answer::Kind::prefix) {
            REQUIRE_FALSE(image_.clean);
            REQUIRE(damage.name == image_.active);
            judge_prefix(answer, damage);
        }
    }

    // Frames that the damage did not touch say what was durable; all of that must be there.
    void judge_prefix(const Answer& answer, const Damage& damage) const {
        std::uint64_t durable = 0;
        const LoggedFrame* first_touched = nullptr;
        for (const LoggedFrame& frame : image_.frames) {
            if (frame.end > damage.from && frame.offset < damage.to) {
                first_touched = first_touched == nullptr ? &frame : first_touched;
            } else {
                durable = std::max(durable, frame.mark);
            }
        }
        REQUIRE(first_touched != nullptr);
        CHECK(first_touched->offset >= durable);
        Sequence before = image_.frames.front().last;
        for (const LoggedFrame& frame : image_.frames) {
            if (frame.end <= first_touched->offset) {
                before = frame.last;
            }
        }
        CHECK(answer.last == before);
        if (!damage.cut) {
            CHECK(answer.torn);
        }
    }

    void count(const Answer& answer, const Damage& damage) {
        const std::string how = damage.what.substr(0, damage.what.find(' '));
        Counts& counts = counts_[image_.roles.at(damage.name) + " " + how];
        ++counts.total;
        counts.exact += answer.kind == Answer::Kind::exact ? 1U : 0U;
        counts.prefix += answer.kind == Answer::Kind::prefix ? 1U : 0U;
        counts.refused_open += answer.kind == Answer::Kind::refused_open ? 1U : 0U;
        counts.refused_read += answer.kind == Answer::Kind::refused_read ? 1U : 0U;
    }

    const StoreImage& image_;
    Options options_;
    std::map<std::string, Counts> counts_;
    std::uint64_t runs_ = 0;
};

void flip_bytes(const StoreImage& image, const std::string& name, Trial& trial) {
    Files files = image.files;
    std::string& bytes = files.at(name);
    const std::size_t step = thorough() ? 1 : 8;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        // One bit of each byte, another one each time.
        for (std::size_t bit = thorough() ? 0 : at % 8; bit < 8; bit += step) {
            const char whole = bytes[at];
            bytes[at] = static_cast<char>(whole ^ (1 << bit));
            trial.run(files,
                      {name, "flip of bit " + std::to_string(bit) + " at " + std::to_string(at), at,
                       at + 1});
            bytes[at] = whole;
        }
    }
}

void cut(const StoreImage& image, const std::string& name, Trial& trial) {
    const std::string& whole = image.files.at(name);
    const std::size_t step = thorough() ? 1 : std::max<std::size_t>(1, whole.size() / 150);
    for (std::size_t size = 0; size < whole.size(); size += step) {
        Files files = image.files;
        files.at(name).resize(size);
        trial.run(files, {name, "cut to " + std::to_string(size), size, ~std::uint64_t{0}, true});
    }
    Files longer = image.files;
    longer.at(name) += std::string(64, 'x');
    trial.run(longer, {name, "longer by 64", whole.size(), whole.size() + 64});
}

void zero(const StoreImage& image, const std::string& name, Trial& trial) {
    const std::size_t size = image.files.at(name).size();
    for (std::size_t at = 0; at < size; at += sector) {
        Files files = image.files;
        const std::size_t end = std::min(size, at + sector);
        files.at(name).replace(at, end - at, end - at, '\0');
        // Behind the last sector nothing is left that says more had been there.
        trial.run(files, {name, "zeros at " + std::to_string(at), at, end, true});
    }
}

void lose(const StoreImage& image, const std::string& name, Trial& trial) {
    Files files = image.files;
    files.erase(name);
    trial.run(files, {name, "lost", 0, ~std::uint64_t{0}});
}

// Two files of a kind change places, and a file of another store takes the place of this one.
void exchange(const StoreImage& image, const StoreImage& stranger, const std::string& name,
              Trial& trial) {
    const auto kind = [](const std::string& one) { return one.substr(one.find('.') + 1); };
    for (const auto& [other, bytes] : image.files) {
        if (other > name && kind(other) == kind(name)) {
            Files files = image.files;
            std::swap(files.at(name), files.at(other));
            trial.run(files, {name, "swapped with " + other, 0, ~std::uint64_t{0}});
        }
    }
    for (const auto& [other, bytes] : stranger.files) {
        if (kind(other) == kind(name)) {
            Files files = image.files;
            files.at(name) = bytes;
            trial.run(files, {name, "exchanged with a stranger's " + other, 0, ~std::uint64_t{0}});
        }
    }
}

Trial damage_everything(const StoreImage& image, const StoreImage& stranger,
                        Compression compression) {
    Trial trial{image, compression};
    for (const auto& [name, role] : image.roles) {
        flip_bytes(image, name, trial);
        cut(image, name, trial);
        zero(image, name, trial);
        lose(image, name, trial);
        exchange(image, stranger, name, trial);
    }
    return trial;
}

std::vector<Compression> codecs() {
    if (thorough()) {
        return {Compression::none, Compression::lz4, Compression::zstd};
    }
    return {Compression::lz4};
}

TEST_CASE("a store that was closed answers exactly or refuses, whatever is damaged") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    for (const Compression compression : codecs()) {
        const StoreImage image = test::build_image(seed, true, compression);
        const StoreImage stranger = test::build_image(seed + 1, true, compression);
        const Trial trial = damage_everything(image, stranger, compression);
        trial.report("closed:");
        CHECK(trial.counts("manifest flip").refused_open == trial.counts("manifest flip").total);
        CHECK(trial.counts("manifest flip").total > 300);
        CHECK(trial.counts("table flip").total > 2000);
        CHECK(trial.counts("wal flip").refused_open > 500);
        CHECK(trial.counts("table cut").exact == 0);
        CHECK(trial.counts("table lost").exact == 0);
        CHECK(trial.counts("wal lost").exact == 0);
        CHECK(trial.counts("table swapped").exact == 0);
        CHECK(trial.counts("wal swapped").exact == 0);
        CHECK(trial.counts("wal exchanged").exact == 0);
        CHECK(trial.counts("table exchanged").exact == 0);
    }
}

TEST_CASE("a store that was not closed loses no more than what was not durable") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    for (const Compression compression : codecs()) {
        const StoreImage image = test::build_image(seed, false, compression);
        REQUIRE(image.frames.size() > 8);
        const StoreImage stranger = test::build_image(seed + 1, false, compression);
        const Trial trial = damage_everything(image, stranger, compression);
        trial.report("killed:");
        CHECK(trial.counts("manifest flip").refused_open == trial.counts("manifest flip").total);
        CHECK(trial.counts("active wal flip").prefix > 50);
        CHECK(trial.counts("active wal flip").refused_open > 300);
        CHECK(trial.counts("active wal lost").exact == 0);
        CHECK(trial.counts("wal lost").exact == 0);
        CHECK(trial.counts("table lost").exact == 0);
        CHECK(trial.counts("wal exchanged").exact == 0);
        CHECK(trial.counts("active wal exchanged").exact == 0);
    }
}

}  // namespace
}  // namespace strata
