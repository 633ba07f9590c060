// SPDX-License-Identifier: Apache-2.0
#include "io/file_map.hpp"

#include "io/descriptor.hpp"

#include <algorithm>

#include <sys/mman.h>
#include <sys/uio.h>

// Linux 5.14; the number is part of the kernel's interface.
#if !defined(MADV_POPULATE_WRITE)
#define MADV_POPULATE_WRITE 23
#endif

namespace strata {
namespace {

// Maps begin at a multiple of this, the greatest page size of the platforms.
constexpr std::uint64_t page_size_max = std::uint64_t{64} << 10;

// Pages that a write brought into the cache come in large pieces, with their blocks: preparing
// them for the map afterwards costs a fifth of what it costs page by page.
bool write_zeros(int descriptor, std::uint64_t begin, std::uint64_t end) noexcept {
    static constexpr char zeros[4096] = {};
    static constexpr int pieces_max = 64;
    iovec pieces[pieces_max];
    while (begin < end) {
        std::uint64_t size = 0;
        int count = 0;
        for (; count < pieces_max && begin + size < end; ++count) {
            const auto piece =
                static_cast<std::size_t>(std::min<std::uint64_t>(sizeof zeros, end - begin - size));
            pieces[count] = {.iov_base = const_cast<char*>(zeros), .iov_len = piece};
            size += piece;
        }
        const ssize_t written = retry_interrupted(
            [&] { return ::pwritev(descriptor, pieces, count, static_cast<off_t>(begin)); });
        if (written <= 0) {
            return false;
        }
        begin += static_cast<std::uint64_t>(written);
    }
    return true;
}

}  // namespace

FileMap::~FileMap() {
    if (data_ != nullptr) {
        static_cast<void>(::munmap(data_, size_));
    }
}

FileMap FileMap::create(int descriptor, std::uint64_t begin, std::uint64_t end) noexcept {
    FileMap map;
    if (!write_zeros(descriptor, begin, end)) {
        return map;
    }
    const std::uint64_t first = begin / page_size_max * page_size_max;
    const auto size = static_cast<std::size_t>(end - first);
    void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor,
                              static_cast<off_t>(first));
    if (data == MAP_FAILED) {
        return map;
    }
    map.data_ = static_cast<char*>(data);
    map.offset_ = first;
    map.size_ = size;
    if (::madvise(data, size, MADV_POPULATE_WRITE) != 0) {
        return {};
    }
    return map;
}

FileMap FileMap::read_only(int descriptor, std::size_t size) noexcept {
    FileMap map;
    void* const data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (data != MAP_FAILED) {
        map.data_ = static_cast<char*>(data);
        map.size_ = size;
    }
    return map;
}

}  // namespace strata
