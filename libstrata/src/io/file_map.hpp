// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace strata {

/// A shared map of a part of a file; unmapped when destroyed. What is stored in a writable one is
/// in the page cache at once, as after a write(2), and reaches the disk with the next fdatasync of
/// the file.
class FileMap {
  public:
    FileMap() = default;
    FileMap(FileMap&& other) noexcept { swap(other); }
    FileMap& operator=(FileMap&& other) noexcept {
        FileMap taken{std::move(other)};
        swap(taken);
        return *this;
    }
    ~FileMap();

    /// Maps at least [begin, end) of a descriptor open for reading and writing, all of it below
    /// the end of the file, and fills it with zeros. Every page is ready afterwards: what would be
    /// a signal later (no block, a page that cannot be read) is an error here. Empty when the
    /// system refuses, for whatever reason: write(2) still works, or says why not.
    [[nodiscard]] static FileMap create(int descriptor, std::uint64_t begin,
                                        std::uint64_t end) noexcept;

    /// All `size` bytes of a file, for reading only.
    [[nodiscard]] static FileMap read_only(int descriptor, std::size_t size) noexcept;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] bool covers(std::uint64_t begin, std::uint64_t end) const noexcept {
        return begin >= offset_ && end <= offset_ + size_;
    }
    /// The byte at an offset of the file that the map covers.
    [[nodiscard]] char* at(std::uint64_t offset) const noexcept {
        return data_ + (offset - offset_);
    }

  private:
    void swap(FileMap& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(offset_, other.offset_);
        std::swap(size_, other.size_);
    }

    char* data_ = nullptr;
    std::uint64_t offset_ = 0;
    std::size_t size_ = 0;
};

}  // namespace strata
