// Every bound of the broker that no configuration key moves, with its reason. Those of the wire
// stand by their parser in protocol/; those an operator may move stand in config.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace leveret::broker::limits {

/// Octets of one read when one session alone was readable in the last turn: few system calls.
inline constexpr std::size_t read_octets_alone = 256 * 1024;

/// Octets of one read when several sessions are readable: nobody waits long for the others.
inline constexpr std::size_t read_octets_in_company = 64 * 1024;

/// Octets waiting to be sent to one client, above which its consumers have no credit. The memory
/// a client that does not read can hold is this, plus one message.
inline constexpr std::size_t outbox_octets = 1024 * 1024;

/// Consumers of a client whose outbox was above its bound get credit again below this.
inline constexpr std::size_t outbox_octets_resume = outbox_octets / 2;

/// Octets waiting to be sent above which nothing more is read from this client: answers to its
/// own requests, which credit does not hold back, must be bounded as well.
inline constexpr std::size_t outbox_octets_stop_reading = 4 * outbox_octets;

/// Bodies from this size on are sent from the message itself, not copied into the outbox: many
/// slow consumers of one message share it.
inline constexpr std::size_t refer_from_octets = 16 * 1024;

/// Octets given to the kernel by one call: a client that reads fast does not hold up the turn.
inline constexpr std::size_t send_octets = 1024 * 1024;

/// Ready octets of a queue above which those who publish to it, and owe it no acks, are read
/// more slowly, so that what is queued is still in the processor's cache when it leaves.
inline constexpr std::uint64_t pacing_mark_octets = 256 * 1024;

/// The longest that pacing holds a publisher's socket.
inline constexpr std::chrono::milliseconds pacing_pause{5};

/// Under an alarm, a connection that may owe acks is still read, this much at a time...
inline constexpr std::size_t trickle_octets = 16 * 1024;

/// ...and this often: its acks arrive, and its publishes cannot fill the memory.
inline constexpr std::chrono::milliseconds trickle_pause{20};

/// Under the disk alarm nothing can be paged out: what one connection may still publish until it
/// is not read any more...
inline constexpr std::uint64_t parked_octets_per_connection = 1024 * 1024;

/// ...and all of them together.
inline constexpr std::uint64_t parked_octets = 256 * 1024 * 1024;

/// How often heartbeats and time-outs are looked at.
inline constexpr std::chrono::milliseconds tick{500};

/// Marks from which a channel tells when its unacked deliveries went out; above this they become
/// coarser.
inline constexpr std::size_t delivery_time_marks = 64;

/// Deliveries of a channel that were taken back as their acks were overdue, and whose tags stay
/// known because these acks may be under way; one more, and the channel is closed.
inline constexpr std::size_t overdue_tags_kept = 10'000;

/// What the broker thread does in one go for those who look at it: so many objects...
inline constexpr std::uint32_t slice_units = 256;

/// ...for at most so long, whatever they cost...
inline constexpr std::chrono::microseconds slice_time{500};

/// ...where so many copied octets count as one object: a slice copies a mebibyte at most.
inline constexpr std::uint64_t slice_octets_per_unit = 4096;

/// Octets of bodies after which a get over HTTP takes no more messages.
inline constexpr std::uint64_t get_octets = 64 * 1024 * 1024;

/// Events that wait to be told to those who look; more at once, and the oldest are lost.
inline constexpr std::size_t events_waiting = 1000;

/// Events that are kept to look back.
inline constexpr std::size_t events_kept = 1000;

/// How often memory is measured for the memory alarm.
inline constexpr std::chrono::milliseconds memory_check{1000};

/// The memory alarm ends when memory is below this part of the mark that raised it.
inline constexpr double memory_alarm_clears_at = 0.95;

/// How long a closing connection may take to answer, and to take what is still to be sent.
inline constexpr std::chrono::seconds close_timeout{10};

/// How long clients have to answer connection.close when the broker stops.
inline constexpr std::chrono::seconds stop_timeout{5};

/// How often a stopping broker looks whether everybody has gone.
inline constexpr std::chrono::milliseconds stop_check{20};

/// Addresses whose failed logins are remembered; beyond them the oldest are forgotten.
inline constexpr std::size_t remembered_sources = 10'000;

/// The pause before an attempt to log in after failed ones: it doubles from the least to the most.
inline constexpr std::chrono::milliseconds login_pause_least{200};
inline constexpr std::chrono::milliseconds login_pause_most{30'000};

/// Failed logins of an address, whatever the user, that cost nothing: people mistype.
inline constexpr unsigned free_failures_of_address = 10;

/// Failed logins are forgotten this long after the last one.
inline constexpr std::chrono::minutes login_memory{15};

/// Passwords that wait to be hashed, or are: logins beyond wait before that.
inline constexpr std::size_t hashing_logins = 64;

/// Octets that a client may send before its login is answered: it need not wait for the answer.
inline constexpr std::size_t octets_before_login = 64 * 1024;

/// How long a refused login is kept waiting for its answer: against guessing.
inline constexpr std::chrono::seconds refused_login_pause{1};

/// Octets of messages and operations handed to the store and not written yet, above which
/// publishers are slowed down to what the disk takes.
inline constexpr std::uint64_t unwritten_octets = 64 * 1024 * 1024;

/// Messages asked of the store at a time.
inline constexpr std::uint32_t messages_per_page = 8192;

/// Octets of ready messages that a queue keeps in memory for its next consumers, their overhead
/// counted. What is behind them is paged out as soon as it is durable.
inline constexpr std::uint64_t queue_window_octets = 2 * 1024 * 1024;

/// The same while all queues together are above half of memory.bodies.
inline constexpr std::uint64_t queue_window_octets_short = 128 * 1024;

/// The same while they are above the whole of it: hardly more than what is being delivered.
inline constexpr std::uint64_t queue_window_octets_shortest = 8 * 1024;

/// Deadlines (of expiring messages and queues) served before others have their turn.
inline constexpr std::size_t deadlines_per_turn = 100;

/// Messages that a queue drops, expires or moves before others have their turn.
inline constexpr std::uint32_t drops_per_turn = 1000;

/// Queues whose dead letters go round that are named in the log; no more of them in one vhost.
inline constexpr std::size_t cycles_remembered = 1000;

/// Messages whose own expiration a queue remembers that lets them leave from anywhere; 16 octets
/// each. What is beyond them expires when it is the first.
inline constexpr std::size_t expiries_kept = 4'000'000;

/// How long such a message may stay beyond its time where it stands behind others: so many leave
/// together.
inline constexpr std::chrono::milliseconds expiry_sweep{100};

/// How long before its time a delayed message is fetched from disk.
inline constexpr std::chrono::milliseconds delayed_lookahead{500};

/// Octets of one regular expression. Longer ones are a mistake, and cost memory.
inline constexpr std::size_t pattern_octets = 8192;

/// Octets of memory for one regular expression, compiled; beyond it PCRE2 has to do.
inline constexpr std::int64_t pattern_memory = 1024 * 1024;

/// The same for all patterns of a vhost's policies together, as they are asked at once; beyond it
/// they are tried one by one.
inline constexpr std::int64_t pattern_set_memory = 256 * 1024 * 1024;

/// Steps and depth of a match by backtracking, beyond which it counts as none: an expression may
/// take exponential time.
inline constexpr std::uint32_t pattern_steps = 100'000;
inline constexpr std::uint32_t pattern_depth = 10'000;

/// Octets of publishes that one transaction may hold; beyond it the channel is closed.
inline constexpr std::uint64_t transaction_octets = 64 * 1024 * 1024;

/// Acks that one transaction may hold, and publishes likewise.
inline constexpr std::size_t transaction_operations = 1'000'000;

/// The longest expiration, TTL and other period. Rule: RabbitMQ: ten years of 365 days.
inline constexpr std::chrono::milliseconds longest_period{315'360'000'000};

/// The exponent of a hash by bcrypt, beyond which it is not taken: checking one holds up all other
/// logins, some 50 ms at 10, twice as long with each one more.
inline constexpr unsigned bcrypt_cost = 12;

/// Octets of names and routing keys: short strings in AMQP.
inline constexpr std::size_t name_octets = 255;

}  // namespace leveret::broker::limits
