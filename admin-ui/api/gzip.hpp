// gzip, for the bodies of replies.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace leveret::admin {

/// Compresses a stream of pieces.
class Gzip {
public:
    Gzip();
    ~Gzip();

    /// Appends what comes out for `octets` to `out`; with `last` also the end of the stream.
    void add(std::string_view octets, bool last, std::string& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Returns: the octets, compressed.
[[nodiscard]] std::string gzip(std::string_view octets);

/// Whether an `Accept-Encoding` lets us send gzip.
[[nodiscard]] bool accepts_encoding(std::string_view accept_encoding, std::string_view encoding);

}  // namespace leveret::admin
