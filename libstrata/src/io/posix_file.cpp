// SPDX-License-Identifier: Apache-2.0
#include "io/posix_file.hpp"

#include "base/error.hpp"
#include "io/file_map.hpp"
#include "io/hole_finder.hpp"
#include "io/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {
namespace {

// A larger piece is cheaper to write with one call than through a map, page fault by page fault.
constexpr std::size_t store_size_max = std::size_t{32} << 10;

// A map is a window that moves over the file: a sync has to write-protect every mapped page, one
// interruption of the other processors each, so few should be mapped; and one call prepares them.
constexpr std::uint64_t map_size = std::uint64_t{256} << 10;
static_assert(store_size_max <= map_size);

constexpr auto offset_max = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

/// Whether [offset, offset + size) can be named with the signed offsets of the kernel.
bool fits_offset(std::uint64_t offset, std::uint64_t size) {
    return offset <= offset_max && size <= offset_max - offset;
}

class PosixFile final : public File, public HoleFinder {
  public:
    PosixFile(std::string path, Descriptor descriptor)
        : path_{std::move(path)}, descriptor_{std::move(descriptor)} {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        return read_descriptor(path_, descriptor_.number(), offset, out);
    }

    Status write(std::uint64_t offset, Bytes data) override {
        return write_descriptor(path_, descriptor_.number(), offset, data);
    }

    Status store(std::uint64_t offset, Bytes data) override;
    Status reserve(std::uint64_t size) override;

    Status sync() override {
        if (::fdatasync(descriptor_.number()) != 0) {
            return system_error(path_, "fdatasync", errno);
        }
        return {};
    }

    Status truncate(std::uint64_t size) override {
        reserved_ = std::min(reserved_, size);
        map_ = {};
        return truncate_descriptor(path_, descriptor_.number(), size);
    }

    Result<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(descriptor_.number(), &status) != 0) {
            return system_error(path_, "fstat", errno);
        }
        return static_cast<std::uint64_t>(status.st_size);
    }

    Bytes map() noexcept override {
        struct stat status {};
        if (::fstat(descriptor_.number(), &status) != 0 || status.st_size <= 0) {
            return {};
        }
        const auto size = static_cast<std::size_t>(status.st_size);
        whole_ = FileMap::read_only(descriptor_.number(), size);
        return whole_.empty() ? Bytes{} : Bytes{whole_.at(0), size};
    }

    void drop_cache() noexcept override {
        static_cast<void>(::posix_fadvise(descriptor_.number(), 0, 0, POSIX_FADV_DONTNEED));
    }

    void start_writeback(std::uint64_t offset, std::uint64_t size) noexcept override {
        if (!fits_offset(offset, size)) {
            return;
        }
        write_back(in_writeback_, SYNC_FILE_RANGE_WAIT_BEFORE);
        in_writeback_ = {offset, size};
        write_back(in_writeback_, SYNC_FILE_RANGE_WRITE);
    }

    std::uint64_t next_data(std::uint64_t offset) noexcept override {
        if (!fits_offset(offset, 0)) {
            return offset;
        }
        const off_t found = ::lseek(descriptor_.number(), static_cast<off_t>(offset), SEEK_DATA);
        if (found >= 0) {
            return static_cast<std::uint64_t>(found);
        }
        return errno == ENXIO ? std::numeric_limits<std::uint64_t>::max() : offset;
    }

  private:
    struct Range {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    void write_back(const Range& range, unsigned flags) noexcept {
        // Of size 0 it would mean all of the file.
        if (range.size != 0) {
            static_cast<void>(::sync_file_range(descriptor_.number(),
                                                static_cast<off_t>(range.offset),
                                                static_cast<off_t>(range.size), flags));
        }
    }
    /// Maps some room from `offset`, below reserved_, on; false: pieces have to be written.
    bool map_window(std::uint64_t offset);

    const std::string path_;
    const Descriptor descriptor_;
    // Of whoever writes: the map lies below what was reserved.
    std::uint64_t reserved_ = 0;
    FileMap map_;
    FileMap whole_;  // what map() gave out
    Range in_writeback_;
};

Status PosixFile::store(std::uint64_t offset, Bytes data) {
    const std::uint64_t end = offset + data.size();
    if (data.size() > store_size_max || end < offset || end > reserved_) {
        return write(offset, data);
    }
    if (!map_.covers(offset, end) && !map_window(offset)) {
        return write(offset, data);
    }
    std::copy(data.begin(), data.end(), map_.at(offset));
    return {};
}

bool PosixFile::map_window(std::uint64_t offset) {
    map_ = {};
    map_ = FileMap::create(descriptor_.number(), offset, std::min(reserved_, offset + map_size));
    if (map_.empty()) {
        reserved_ = 0;  // not again before more is reserved
        return false;
    }
    return true;
}

Status PosixFile::reserve(std::uint64_t size) {
    if (size == 0) {
        return {};
    }
    if (!fits_offset(0, size)) {
        return system_error(path_, "fallocate", EFBIG);
    }
    const std::uint64_t before = STRATA_TRY(this->size());
    const int result = retry_interrupted(
        [&] { return ::fallocate(descriptor_.number(), 0, 0, static_cast<off_t>(size)); });
    if (result == 0) {
        reserved_ = std::max(reserved_, size);
        return {};
    }
    const int number = errno;
    if (number == EOPNOTSUPP || number == ENOSYS) {
        return make_error(ErrorCode::unsupported, "{}: fallocate: not supported by the file system",
                          path_);
    }
    // ext4 may have grown the file by what there was room for; that room is given back.
    const std::uint64_t after = STRATA_TRY(this->size());
    if (after > before) {
        STRATA_TRY(truncate(before));
    }
    return system_error(path_, "fallocate", number);
}

}  // namespace

std::unique_ptr<File> make_posix_file(std::string path, Descriptor descriptor) {
    return std::make_unique<PosixFile>(std::move(path), std::move(descriptor));
}

Result<std::size_t> read_descriptor(const std::string& path, int descriptor, std::uint64_t offset,
                                    std::span<char> out) {
    if (!fits_offset(offset, out.size())) {
        return system_error(path, "pread", EINVAL);
    }
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t count = retry_interrupted([&] {
            return ::pread(descriptor, out.data() + done, out.size() - done,
                           static_cast<off_t>(offset + done));
        });
        if (count < 0) {
            return system_error(path, "pread", errno);
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Status write_descriptor(const std::string& path, int descriptor, std::uint64_t offset, Bytes data) {
    if (!fits_offset(offset, data.size())) {
        return system_error(path, "pwrite", EFBIG);
    }
    std::size_t done = 0;
    while (done < data.size()) {
        const ssize_t count = retry_interrupted([&] {
            return ::pwrite(descriptor, data.data() + done, data.size() - done,
                            static_cast<off_t>(offset + done));
        });
        if (count <= 0) {
            // Nothing written and no error does not happen on a regular file; it must not loop.
            return system_error(path, "pwrite", count < 0 ? errno : EIO);
        }
        done += static_cast<std::size_t>(count);
    }
    return {};
}

Status truncate_descriptor(const std::string& path, int descriptor, std::uint64_t size) {
    if (!fits_offset(0, size)) {
        return system_error(path, "ftruncate", EFBIG);
    }
    const int result =
        retry_interrupted([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); });
    if (result != 0) {
        return system_error(path, "ftruncate", errno);
    }
    return {};
}

}  // namespace strata
