// The table of RabbitMQ's keys: what each becomes, or why it becomes nothing. Everything that
// `leveret config from-rabbitmq` knows of a key stands here.
#pragma once

#include <span>
#include <string_view>

namespace leveret::cli {

/// How a value is written in TOML.
enum class Becomes {
    text,
    number,
    boolean,  ///< RabbitMQ's true, on, false, off
    size,     ///< "2GB", "64MiB", or octets
    share,    ///< 0.4
    seconds,
    milliseconds,
    minutes,
    level,    ///< of the log
    format,   ///< of the log
    item,     ///< one more of a list of texts
    address,  ///< one more of a list of addresses; a port alone is that of all interfaces
    nothing,  ///< it is named for its remark
};

struct RabbitmqRow {
    std::string_view pattern;  ///< words between dots; `*` is any word, `**` any that follow
    std::string_view key;      ///< ours; what does not exist yet is reported as such
    Becomes becomes = Becomes::nothing;
    std::string_view remark{};  ///< what is told whenever the key is there
};

/// Returns: the rows, the particular before the general: the first that fits counts.
[[nodiscard]] std::span<const RabbitmqRow> rabbitmq_rows();

}  // namespace leveret::cli
