// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// Errors as values. A function that can fail returns Result<T>, or Status when it has nothing
/// else to say; both are [[nodiscard]], so that an error cannot be overlooked. Absence is not an
/// error: a key that is not there is an empty optional inside a successful Result.
namespace strata {

enum class ErrorCode : std::uint8_t {
    io,          ///< the operating system refused; the message names call, file and errno
    corruption,  ///< bytes on disk are not what was written; the message names file and offset
    invalid_argument,  ///< the caller's input is outside a limit or malformed
    not_found,         ///< the store or a file is missing (never: a key is absent)
    busy,              ///< another process or handle owns the store; the message names it
    unsupported,       ///< format version, feature or operation this program does not know
    read_only,         ///< a write to a store that was opened for reading
    closed,            ///< the store was closed, or refuses writes after a failed sync
    conflict,          ///< a condition of the batch did not hold; nothing was written
    no_space,          ///< the disk or quota is full; nothing was written, try again later
    gap,               ///< the history asked for is no longer kept
    internal,          ///< a promise of strata itself was broken; please report
};

/// The word for a code that programs print: "corrupt", "busy", ... (never null).
[[nodiscard]] const char* error_code_name(ErrorCode code) noexcept;

struct Error {
    ErrorCode code;
    std::string message;  ///< one line: what, where, expected, found
    /// Of a write: true when some of its bytes may have reached the disk, so that it may or may
    /// not be there after the store is opened again. False: nothing was written.
    bool outcome_unknown = false;
};

/// Either a T or an Error. Its interface is a subset of std::expected. Moving is cheap; reading
/// value() of an error, or error() of a value, ends the process.
template <typename T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}  // NOLINT: implicit
    Result(Error error)                                                    // NOLINT: implicit
        : state_{std::in_place_index<1>, std::make_unique<Error>(std::move(error))} {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] T& value() & { return *checked(); }
    [[nodiscard]] const T& value() const& { return *const_cast<Result*>(this)->checked(); }
    [[nodiscard]] T&& value() && { return std::move(*checked()); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return checked(); }
    [[nodiscard]] const T* operator->() const { return const_cast<Result*>(this)->checked(); }

    [[nodiscard]] const Error& error() const {
        const auto* box = std::get_if<1>(&state_);
        if (box == nullptr) {
            misuse("error() of a result that holds a value");
        }
        return **box;
    }

    /// Moves the error out; used by STRATA_TRY.
    [[nodiscard]] Error take_error() {
        auto* box = std::get_if<1>(&state_);
        if (box == nullptr) {
            misuse("take_error() of a result that holds a value");
        }
        return std::move(**box);
    }

    /// Moves the value out; used by STRATA_TRY, which may stand alone.
    T take_value() { return std::move(*checked()); }

  private:
    T* checked() {
        T* held = std::get_if<0>(&state_);
        if (held == nullptr) {
            misuse(std::get<1>(state_)->message.c_str());
        }
        return held;
    }

    [[noreturn]] static void misuse(const char* what) {
        std::fprintf(stderr, "strata: misuse of a Result: %s\n", what);
        std::abort();
    }

    std::variant<T, std::unique_ptr<Error>> state_;
};

/// Success or an Error. `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() noexcept = default;
    Result(Error error) : error_{std::make_unique<Error>(std::move(error))} {}  // NOLINT: implicit

    [[nodiscard]] bool has_value() const noexcept { return error_ == nullptr; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] const Error& error() const {
        if (error_ == nullptr) {
            std::fputs("strata: misuse of a Status: error() of a success\n", stderr);
            std::abort();
        }
        return *error_;
    }
    [[nodiscard]] Error take_error() { return std::move(const_cast<Error&>(error())); }
    void take_value() noexcept {}

  private:
    std::unique_ptr<Error> error_;
};

using Status = Result<void>;

/// Propagates an error to the caller, else yields the value (nothing for a Status). It stands
/// alone or initializes one variable, never inside a larger expression:
///     STRATA_TRY(file->sync());
///     auto size = STRATA_TRY(file->size());
#define STRATA_TRY(expression)                     \
    __extension__({                                \
        auto strata_try_result = (expression);     \
        if (!strata_try_result) [[unlikely]] {     \
            return strata_try_result.take_error(); \
        }                                          \
        strata_try_result.take_value();            \
    })

}  // namespace strata
