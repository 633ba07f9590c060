// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/dice.hpp"
#include "stress/model.hpp"
#include "stress/verify_operation.hpp"

#include <strata/store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What must be in a store after a crash, known from outside of it.
///
/// Several writers write to one store, each to keys of its own, one batch after the other. What
/// they write follows from a seed, so whoever knows how many batches of a writer were begun and
/// finished, and which sequences were given, knows what may be there: all batches with a sequence
/// up to the store's last one, wholly, and of those that were in flight when the crash came any
/// or none, wholly or not at all. Nothing else.
namespace strata::tools {

/// The batches of one writer, one after the other.
class WriterScript {
  public:
    WriterScript(std::uint64_t seed, std::size_t writer, std::uint64_t keys);

    /// Each has a value that no other batch writes, so that its presence can be seen.
    std::vector<Change> next();

    static std::string prefix(std::size_t writer);

  private:
    [[nodiscard]] std::string key();
    [[nodiscard]] std::string value();

    Dice dice_;
    std::uint64_t seed_;
    std::size_t writer_;
    std::uint64_t keys_;
    std::uint64_t batches_ = 0;
    std::uint64_t values_ = 0;
};

/// A batch and what became of it.
struct OracleWrite {
    std::vector<Change> changes{};
    enum class Fate : std::uint8_t {
        unknown,       ///< begun; there or not
        acknowledged,  ///< there, at `sequence`
        rejected,      ///< not there
    } fate = Fate::unknown;
    Sequence sequence = 0;  ///< of its last operation
};

/// What may be there.
struct OracleLimits {
    Sequence least = 0;  ///< the store has reached it
    /// Of each writer the number of batches that had ended, and that had begun, at the time of the
    /// crash; later ones are not there. Empty: all of them.
    std::vector<std::size_t> ended{};
    std::vector<std::size_t> begun{};
};

struct OracleVerdict {
    std::string wrong{};  ///< empty: all is as it must be
    bool lost = false;    ///< what is wrong is that something acknowledged is not there
    std::vector<std::vector<std::size_t>> applied{};  ///< of each writer: indices of its batches
    Sequence last = 0;
    std::uint64_t in_doubt = 0;  ///< batches that were in flight
    std::uint64_t kept = 0;      ///< of those, that are there
};

class CrashOracle {
  public:
    explicit CrashOracle(std::size_t writers) : writers_(writers) {}

    [[nodiscard]] std::size_t writers() const noexcept { return writers_.size(); }

    /// A batch of a writer was begun; the number of it since the last settle(). Writers may be
    /// told of by one thread each.
    std::size_t begin(std::size_t writer, std::vector<Change> changes);
    void acknowledge(std::size_t writer, std::size_t number, Sequence sequence);
    void reject(std::size_t writer, std::size_t number);

    [[nodiscard]] std::uint64_t acknowledged() const;
    /// The greatest sequence that was acknowledged since the last settle(): where a crash that
    /// loses nothing leaves the store at least.
    [[nodiscard]] Sequence greatest() const;

    /// Reads all of the store and holds it against what is known.
    [[nodiscard]] OracleVerdict judge(Store& store, const OracleLimits& limits) const;

    /// What was in doubt is no longer: the next crash is judged from here.
    void settle(const OracleVerdict& verdict);

  private:
    struct Writer {
        Model::State base{};
        std::vector<OracleWrite> writes{};
    };
    struct Choice {
        std::vector<std::size_t> applied{};
        std::optional<std::size_t> in_doubt{};  ///< there or not, its reading tells
        std::uint64_t in_flight = 0;            ///< others in flight whose sequence tells
        std::uint64_t kept = 0;                 ///< of those, the ones that are there
    };

    [[nodiscard]] Choice choose(std::size_t writer, Sequence last,
                                const OracleLimits& limits) const;
    [[nodiscard]] Model::State state_of(std::size_t writer,
                                        const std::vector<std::size_t>& applied) const;
    [[nodiscard]] std::string judge_writer(std::size_t writer, const Model::State& found,
                                           Choice choice, OracleVerdict& verdict) const;
    [[nodiscard]] std::string foreseen(Sequence last, const OracleLimits& limits) const;
    [[nodiscard]] std::uint64_t operations(const OracleVerdict& verdict) const;

    std::vector<Writer> writers_;
    Sequence base_ = 0;  ///< the store's last one when it was settled
};

}  // namespace strata::tools
