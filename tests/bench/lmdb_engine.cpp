// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"

#include <fmt/core.h>
#include <lmdb.h>

#include <filesystem>
#include <system_error>

namespace strata::bench {

namespace {

void must(const char* what, int code) {
    if (code != MDB_SUCCESS) {
        fail(what, mdb_strerror(code));
    }
}

MDB_val lend(std::string_view bytes) {
    // LMDB takes keys and values by pointers to non-const and does not write through them.
    return {bytes.size(), const_cast<char*>(bytes.data())};
}
std::string_view view(const MDB_val& bytes) {
    return {static_cast<const char*>(bytes.mv_data), bytes.mv_size};
}

/// One read transaction, renewed for each read: the cheapest way to always see the newest state.
class LmdbReader : public Reader {
  public:
    LmdbReader(MDB_env* env, MDB_dbi dbi) : dbi_{dbi} {
        must("lmdb read transaction", mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn_));
        must("lmdb cursor", mdb_cursor_open(txn_, dbi_, &cursor_));
    }
    ~LmdbReader() override {
        mdb_cursor_close(cursor_);
        mdb_txn_abort(txn_);
    }

    std::optional<std::string_view> get(std::string_view key) override {
        renew();
        MDB_val name = lend(key);
        MDB_val value{};
        const int code = mdb_get(txn_, dbi_, &name, &value);
        if (code == MDB_NOTFOUND) {
            return std::nullopt;
        }
        must("lmdb get", code);
        return view(value);
    }

    ScanTotals walk(std::string_view from, std::uint64_t entries) override {
        renew();
        must("lmdb cursor", mdb_cursor_renew(txn_, cursor_));
        MDB_val key = lend(from);
        MDB_val value{};
        ScanTotals totals;
        int code = mdb_cursor_get(cursor_, &key, &value, MDB_SET_RANGE);
        while (code == MDB_SUCCESS) {
            totals.add(view(key), view(value));
            if (totals.entries == entries) {
                return totals;
            }
            code = mdb_cursor_get(cursor_, &key, &value, MDB_NEXT);
        }
        if (code != MDB_NOTFOUND) {
            must("lmdb walk", code);
        }
        return totals;
    }

  private:
    void renew() {
        mdb_txn_reset(txn_);
        must("lmdb renew", mdb_txn_renew(txn_));
    }

    MDB_dbi dbi_;
    MDB_txn* txn_ = nullptr;
    MDB_cursor* cursor_ = nullptr;
};

class LmdbEngine : public Engine {
  public:
    explicit LmdbEngine(const EngineOptions& options) : options_{options} { open(); }
    ~LmdbEngine() override { mdb_env_close(env_); }

    void put(std::string_view key, std::string_view value) override {
        MDB_txn* txn = begin();
        MDB_val name = lend(key);
        MDB_val bytes = lend(value);
        must("lmdb put", mdb_put(txn, dbi_, &name, &bytes, 0));
        must("lmdb commit", mdb_txn_commit(txn));
    }

    void put_all(std::span<const KeyValue> entries) override {
        MDB_txn* txn = begin();
        for (const KeyValue& entry : entries) {
            MDB_val name = lend(entry.key);
            MDB_val bytes = lend(entry.value);
            must("lmdb put", mdb_put(txn, dbi_, &name, &bytes, 0));
        }
        must("lmdb commit", mdb_txn_commit(txn));
    }

    void del(std::string_view key) override {
        MDB_txn* txn = begin();
        MDB_val name = lend(key);
        const int code = mdb_del(txn, dbi_, &name, nullptr);
        if (code == MDB_NOTFOUND) {
            mdb_txn_abort(txn);
            return;
        }
        must("lmdb delete", code);
        must("lmdb commit", mdb_txn_commit(txn));
    }

    std::unique_ptr<Reader> reader() override { return std::make_unique<LmdbReader>(env_, dbi_); }

    ScanTotals scan(bool reverse) override {
        MDB_txn* txn = nullptr;
        must("lmdb read transaction", mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
        MDB_cursor* cursor = nullptr;
        must("lmdb cursor", mdb_cursor_open(txn, dbi_, &cursor));
        ScanTotals totals;
        MDB_val key{};
        MDB_val value{};
        const MDB_cursor_op step = reverse ? MDB_PREV : MDB_NEXT;
        int code = mdb_cursor_get(cursor, &key, &value, reverse ? MDB_LAST : MDB_FIRST);
        while (code == MDB_SUCCESS) {
            totals.add(view(key), view(value));
            code = mdb_cursor_get(cursor, &key, &value, step);
        }
        if (code != MDB_NOTFOUND) {
            must("lmdb scan", code);
        }
        mdb_cursor_close(cursor);
        mdb_txn_abort(txn);
        return totals;
    }

    // LMDB shrinks by writing a compact copy, which takes the place of the store.
    void compact() override {
        const std::filesystem::path home{options_.directory};
        const auto copy = home / "copy";
        std::error_code error;
        std::filesystem::create_directory(copy, error);
        must("lmdb copy", mdb_env_copy2(env_, copy.c_str(), MDB_CP_COMPACT));
        mdb_env_close(env_);
        std::filesystem::rename(copy / "data.mdb", home / "data.mdb", error);
        if (error) {
            fail("lmdb compact", error.message());
        }
        std::filesystem::remove_all(copy, error);
        open();
    }

  private:
    MDB_txn* begin() {
        MDB_txn* txn = nullptr;
        must("lmdb transaction", mdb_txn_begin(env_, nullptr, 0, &txn));
        return txn;
    }

    void open() {
        // The file takes up what is used of it; this reserves address space, and with MDB_WRITEMAP
        // the length of a file with holes.
        constexpr std::size_t map_bytes = std::size_t{1} << 36;
        // Where nothing is synced, writing through the map is five times as fast as handing pages
        // to the kernel one by one, and changed pages of a shared map survive a killed process
        // too. What MDB_NOSYNC leaves of the file after a power cut is nobody's promise either way.
        const unsigned flags = MDB_NOTLS | (options_.sync ? 0U : MDB_NOSYNC | MDB_WRITEMAP);
        must("lmdb create", mdb_env_create(&env_));
        must("lmdb map size", mdb_env_set_mapsize(env_, map_bytes));
        must("lmdb open", mdb_env_open(env_, options_.directory.c_str(), flags, 0644));
        MDB_txn* txn = begin();
        must("lmdb database", mdb_dbi_open(txn, nullptr, 0, &dbi_));
        must("lmdb commit", mdb_txn_commit(txn));
    }

    EngineOptions options_;
    MDB_env* env_ = nullptr;
    MDB_dbi dbi_ = 0;
};

}  // namespace

EngineKind lmdb_kind() {
    int major = 0;
    int minor = 0;
    int patch = 0;
    mdb_version(&major, &minor, &patch);
    return {"lmdb", fmt::format("{}.{}.{}", major, minor, patch), true, "",
            [](const EngineOptions& options) -> std::unique_ptr<Engine> {
                return std::make_unique<LmdbEngine>(options);
            }};
}

}  // namespace strata::bench
