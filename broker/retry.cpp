#include "broker/retry.hpp"

#include <algorithm>

namespace leveret::broker {

using std::chrono::milliseconds;

namespace {

bool waits(RetryType type, ComesBack how) {
    switch (type) {
        case RetryType::disabled:
            return false;
        case RetryType::all:
            return true;
        case RetryType::failed:
            return how == ComesBack::failed;
        case RetryType::returned:
            return how == ComesBack::returned;
    }
    return false;
}

milliseconds linear(const RetrySettings& settings, std::uint16_t failures) {
    return std::min(settings.min * failures, settings.max);
}

/// A number that looks random, and is the same for the same message and failure: splitmix64.
std::uint64_t scattered(storage::Sequence sequence, std::uint16_t failures) {
    std::uint64_t mixed = static_cast<std::uint64_t>(sequence) + failures * 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
}

milliseconds exponential(const RetrySettings& settings, std::uint16_t failures,
                         storage::Sequence sequence) {
    milliseconds whole = std::min(settings.min, settings.max);
    for (std::uint16_t i = 1; i < failures && whole < settings.max && whole.count() != 0; ++i) {
        whole = std::min(2 * whole, settings.max);
    }
    const auto quarter = static_cast<std::uint64_t>(whole.count() / 4);
    return whole - milliseconds(scattered(sequence, failures) % (quarter + 1));
}

}  // namespace

std::optional<milliseconds> retry_delay(const RetrySettings& settings, ComesBack how,
                                        std::uint16_t failures, storage::Sequence sequence) {
    if (!waits(settings.type, how)) return {};
    const milliseconds delay = settings.exponential ? exponential(settings, failures, sequence)
                                                    : linear(settings, failures);
    if (delay.count() == 0) return {};
    return delay;
}

}  // namespace leveret::broker
