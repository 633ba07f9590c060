// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "reference.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Small stores as plain bytes, to be damaged and opened.
namespace strata::test {

/// A frame of the active segment.
struct LoggedFrame {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    std::uint64_t mark = 0;
    Sequence last = 0;  ///< of the operations up to its end
};

/// The files of a store that nobody has open, and what it must answer.
struct StoreImage {
    std::map<std::string, std::string> files{};  ///< name, bytes
    std::map<std::string, std::string> roles{};  ///< name, as Store::files() says it
    std::vector<State> history{};                ///< the state after each sequence, from 0
    std::vector<std::string> keys{};
    bool clean = false;                 ///< it was closed
    std::string active{};               ///< unclean: the segment that was written last
    std::vector<LoggedFrame> frames{};  ///< of `active`
};

/// Options that every image is made and opened with.
[[nodiscard]] Options image_options(Compression compression);

/// Builds a store with several tables of several blocks, a segment of an earlier process in the
/// manifest's list, and one that was written last; its last writes are not synced.
[[nodiscard]] StoreImage build_image(std::uint64_t seed, bool clean, Compression compression);

/// The image as files below "/store", on stable storage.
[[nodiscard]] std::shared_ptr<StrictFileSystem> files_of(
    const std::map<std::string, std::string>& files);

/// What opening a store and reading everything came to.
struct Answer {
    enum class Kind : std::uint8_t { exact, prefix, refused_open, refused_read, wrong };
    Kind kind = Kind::exact;
    Sequence last = 0;      ///< of a prefix: the sequence it ends at
    bool torn = false;      ///< opening reported a torn tail
    std::string message{};  ///< of a refusal or a wrong answer
    ErrorCode code = ErrorCode::internal;

    [[nodiscard]] bool refused() const {
        return kind == Kind::refused_open || kind == Kind::refused_read;
    }
};
[[nodiscard]] Answer ask(const StoreImage& image, const Options& options);

}  // namespace strata::test
