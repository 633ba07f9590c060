// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace strata::bench {

namespace {

constexpr std::size_t block_bytes = 4096;

/// One file whose blocks were all written before, as a log that is used again: what the disk and
/// the kernel charge for a synced put and no engine can avoid. One thread writes 128 bytes and
/// calls fdatasync. Several write a block each through O_DIRECT and O_DSYNC, which lets the kernel
/// share their flushes. Nothing of it can be read back.
class RawEngine : public Engine {
  public:
    explicit RawEngine(const EngineOptions& options) : direct_{options.writers > 1} {
        if (!options.sync) {
            fail("raw", "it measures synced puts only");
        }
        const std::string path = options.directory + "/raw";
        prepare(path);
        // O_DSYNC and O_DIRECT would make the first case slower: it would read what it overwrites.
        descriptor_ = ::open(path.c_str(), direct_ ? O_RDWR | O_DIRECT | O_DSYNC : O_RDWR);
        must("raw open", descriptor_);
    }
    ~RawEngine() override { ::close(descriptor_); }

    void put(std::string_view /*key*/, std::string_view /*value*/) override {
        const std::size_t unit = direct_ ? block_bytes : record_bytes;
        const std::size_t offset = next_.fetch_add(unit, std::memory_order_relaxed) % file_bytes;
        must("raw write", pwrite(descriptor_, block_.data(), unit, static_cast<off_t>(offset)));
        if (!direct_) {
            must("raw sync", fdatasync(descriptor_));
        }
    }

    void put_all(std::span<const KeyValue> /*entries*/) override { only_puts(); }
    void del(std::string_view /*key*/) override { only_puts(); }
    std::unique_ptr<Reader> reader() override { only_puts(); }
    ScanTotals scan(bool /*reverse*/) override { only_puts(); }
    void compact() override { only_puts(); }

  private:
    // A key of 16, a value of 100 and 12 of framing.
    static constexpr std::size_t record_bytes = 128;
    // That of a memtable's log.
    static constexpr std::size_t file_bytes = std::size_t{64} << 20;

    static void must(const char* what, ssize_t result) {
        if (result < 0) {
            fail(what, std::strerror(errno));
        }
    }

    [[noreturn]] static void only_puts() { fail("raw", "a file that can only take synced puts"); }

    void prepare(const std::string& path) const {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0644);
        must("raw create", file);
        for (std::size_t offset = 0; offset < file_bytes; offset += block_bytes) {
            must("raw prepare",
                 pwrite(file, block_.data(), block_bytes, static_cast<off_t>(offset)));
        }
        must("raw prepare", fsync(file));
        ::close(file);
    }

    bool direct_;
    int descriptor_ = -1;
    std::atomic<std::size_t> next_{0};
    // What O_DIRECT writes must lie at a multiple of a block.
    alignas(block_bytes) std::array<char, block_bytes> block_{};
};

}  // namespace

EngineKind raw_kind() {
    return {"raw", "file", false, "", [](const EngineOptions& options) -> std::unique_ptr<Engine> {
                return std::make_unique<RawEngine>(options);
            }};
}

}  // namespace strata::bench
