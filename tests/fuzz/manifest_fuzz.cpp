// SPDX-License-Identifier: Apache-2.0
// Any bytes read as a manifest: refused, or a manifest that holds every invariant and reads back as
// itself. Each input is tried as it is and with a right check, behind which most code lies.
#include "base/assert.hpp"
#include "base/coding.hpp"
#include "base/hash.hpp"
#include "version/manifest.hpp"

#include <cstddef>
#include <cstdint>

using namespace strata;

namespace {

void try_decode(Bytes bytes) {
    const auto manifest = decode_manifest(bytes, "input");
    if (manifest) {
        const auto again = decode_manifest(encode_manifest(*manifest), "again");
        STRATA_ASSERT(again && *again == *manifest);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(data, data + size);
    try_decode(bytes);
    if (size > manifest_check_size) {
        bytes.resize(size - manifest_check_size);
        append(bytes, hash64(bytes, 0));
        try_decode(bytes);
    }
    return 0;
}
