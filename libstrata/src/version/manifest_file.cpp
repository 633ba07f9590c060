// SPDX-License-Identifier: Apache-2.0
#include "version/manifest_file.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "io/file_contents.hpp"

#include <algorithm>

namespace strata {

Status save_manifest(FileSystem& file_system, const std::string& directory,
                     const Manifest& manifest) {
    return replace_file(file_system, directory, file_name(FileType::manifest, manifest.number),
                        encode_manifest(manifest));
}

Result<Manifest> read_manifest(FileSystem& file_system, const std::string& path) {
    {
        const auto file = STRATA_TRY(file_system.open(path, OpenMode::read));
        STRATA_TRY(file->sync());
        file->drop_cache();
    }
    const std::string bytes = STRATA_TRY(read_file(file_system, path, manifest_size_max));
    Manifest manifest = STRATA_TRY(decode_manifest(bytes, path));
    const FileName name = parse_file_name(base_name(path));
    if (name != FileName{.type = FileType::manifest, .number = manifest.number}) {
        return corruption_at(path, manifest_number_at, "it is manifest {}, not the one of its name",
                             manifest.number);
    }
    return manifest;
}

namespace {

// Number of the newest manifest; 0: there is none.
Result<std::uint64_t> newest_manifest(FileSystem& file_system, const std::string& directory) {
    const auto names = STRATA_TRY(file_system.list(directory));
    std::uint64_t newest = 0;
    for (const std::string& text : names) {
        const FileName name = parse_file_name(text);
        if (name.type == FileType::manifest) {
            newest = std::max(newest, name.number);
        }
    }
    return newest;
}

}  // namespace

Result<std::optional<Manifest>> load_newest_manifest(FileSystem& file_system,
                                                     const std::string& directory) {
    std::uint64_t number = STRATA_TRY(newest_manifest(file_system, directory));
    while (number != 0) {
        auto manifest =
            read_manifest(file_system, file_path(directory, FileType::manifest, number));
        if (manifest) {
            return std::optional<Manifest>{manifest.take_value()};
        }
        // An owner removes a manifest when newer ones are there.
        const std::uint64_t now = STRATA_TRY(newest_manifest(file_system, directory));
        if (manifest.error().code != ErrorCode::not_found || now <= number) {
            return manifest.take_error();
        }
        number = now;
    }
    return std::optional<Manifest>{};
}

}  // namespace strata
