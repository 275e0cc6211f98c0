// Every bound of the HTTP API and the feed that no setting moves, with its reason. Those an
// operator may move stand in broker/config.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace leveret::admin::limits {

/// How long a client may take to send the head of a request, from its first octet on.
inline constexpr std::chrono::seconds head_timeout{10};

/// How long a client may take to send the body of a request.
inline constexpr std::chrono::seconds body_timeout{30};

/// How long a connection may rest between two requests: tools keep theirs open for a minute.
inline constexpr std::chrono::seconds idle_timeout{75};

/// How long a client may take nothing of what it is sent.
inline constexpr std::chrono::seconds send_timeout{30};

/// How long a list may take to be sent: it holds what others wait for.
inline constexpr std::chrono::minutes list_send_timeout{5};

/// How long a connection is read on after a refusal, so that its client can take the answer.
inline constexpr std::chrono::seconds linger_timeout{5};
inline constexpr std::size_t linger_octets = 16 * 1024;  // at a time

/// Octets of the head of a request: cookies and filters in the target are the longest there are.
inline constexpr std::uint32_t head_octets = 32 * 1024;

/// Octets of a body before anybody has logged in: a login form is the longest.
inline constexpr std::uint64_t anonymous_body_octets = 8 * 1024;

/// Octets of the body of a refused request that are read and dropped, so that the connection can
/// be kept; beyond them it is closed.
inline constexpr std::uint64_t dropped_body_octets = 1024 * 1024;

/// JSON may be nested this deep in a request, and have so many values.
inline constexpr std::size_t json_depth = 64;
inline constexpr std::size_t json_values = 200'000;
/// A document of definitions may have more: one at a time is read, for administrators only.
inline constexpr std::size_t definitions_values = 2'000'000;

/// Octets of an answer from which on it is compressed for who asks.
inline constexpr std::size_t compress_from_octets = 1024;

/// What the admin thread does at a stretch before others get their turn.
inline constexpr std::chrono::milliseconds slice{8};

/// Octets of a list that are rendered at a time: the rest is made when these are sent.
inline constexpr std::size_t render_octets = 128 * 1024;

/// Items that all lists which are being sent hold in memory: while there are so many, others wait,
/// and for how long. A queue takes about 500 octets.
inline constexpr std::size_t list_items = 50'000;
inline constexpr std::chrono::seconds list_wait{30};

/// Sessions of the console at a time, and of one user; beyond them the longest unused one ends.
inline constexpr std::size_t sessions = 10'000;
inline constexpr std::size_t sessions_of_user = 100;

/// Attempts to log in that may wait at a time, and those from one address.
inline constexpr std::size_t waiting_logins = 256;
inline constexpr std::size_t waiting_logins_of_address = 16;

/// Passwords found right are trusted for this long without another look.
inline constexpr std::chrono::seconds verified_password{60};
inline constexpr std::size_t verified_passwords = 1'000;

/// Characters of a regular expression in a list's `name`, and what it may take in memory.
inline constexpr std::size_t regex_characters = 1024;
inline constexpr std::int64_t regex_octets = 8 << 20;

/// Items of a page of a list.
inline constexpr std::uint64_t page_size_most = 500;
inline constexpr std::uint64_t page_size_default = 100;

/// Messages that one POST .../get may take: they are held in memory.
inline constexpr std::uint64_t get_messages = 100'000;

/// Peek: messages in an answer, looked at for an answer, and octets of each body.
inline constexpr std::uint64_t peek_items_most = 500;
inline constexpr std::uint64_t peek_items_default = 50;
inline constexpr std::uint64_t peek_scan_most = 100'000;
inline constexpr std::uint64_t peek_scan_default = 5'000;
inline constexpr std::uint64_t peek_scan_with_filter = 20'000;
inline constexpr std::uint64_t peek_body_most = 65'536;
inline constexpr std::uint64_t peek_body_default = 1'024;

/// The time of the admin thread that one search may take before it answers with a cursor.
inline constexpr std::chrono::milliseconds search_time{200};

/// Characters, terms and depth of a filter of messages.
inline constexpr std::size_t filter_characters = 4096;
inline constexpr std::size_t filter_terms = 256;

/// Terms of a filter that look into bodies: each goes through a MiB of every message.
inline constexpr std::size_t filter_body_terms = 8;
inline constexpr std::size_t filter_depth = 64;

/// Sockets of the feed at a time, of one user, and before their hello.
inline constexpr std::size_t feed_sockets = 64;
inline constexpr std::size_t feed_sockets_of_user = 16;
inline constexpr std::size_t feed_sockets_before_hello = 8;

/// Subscriptions of one socket, and rows in view of one of them.
inline constexpr std::size_t feed_subscriptions = 32;
inline constexpr std::uint64_t feed_rows = 500;

/// Octets of a frame of the feed, received and sent.
inline constexpr std::size_t feed_octets_in = 64 * 1024;
inline constexpr std::size_t feed_octets_out = 256 * 1024;

/// Events that wait for a socket; beyond them the oldest are dropped and counted.
inline constexpr std::size_t feed_waiting_events = 256;

/// How long a socket of the feed may take to say hello, and how often it is pinged.
inline constexpr std::chrono::seconds feed_hello_timeout{5};
inline constexpr std::chrono::seconds feed_ping{20};

}  // namespace leveret::admin::limits
