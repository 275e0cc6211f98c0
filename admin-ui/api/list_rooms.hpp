// Room for lists: what all that are being answered hold in memory has a bound, however many clients
// ask and however slowly they read.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <utility>

namespace leveret::admin {

class ListRooms;

/// The right to hold the items of one list; it ends with this object.
/// Lifetime: ends before its ListRooms.
class ListRoom {
public:
    /// For a list that is known to be short: it takes no room.
    ListRoom() : rooms_(nullptr) {}
    explicit ListRoom(ListRooms& rooms) : rooms_(&rooms) {}
    ListRoom(ListRoom&& other) noexcept
        : rooms_(std::exchange(other.rooms_, nullptr)),
          items_(other.items_),
          asking_(other.asking_) {}
    ListRoom& operator=(ListRoom&&) = delete;
    ListRoom(const ListRoom&) = delete;
    ListRoom& operator=(const ListRoom&) = delete;
    ~ListRoom();

    /// The items have come, and are so many: others may ask for theirs.
    void hold(std::size_t items);

private:
    ListRooms* rooms_;
    std::size_t items_ = 0;
    bool asking_ = true;
};

/// One list is asked of the broker at a time, as long as those that are being sent hold fewer than
/// limits::list_items.
/// Thread: admin thread.
class ListRooms {
public:
    explicit ListRooms(boost::asio::io_context& context) : context_(context) {}
    ListRooms(const ListRooms&) = delete;
    ListRooms& operator=(const ListRooms&) = delete;

    /// Waits for its turn. Throws: ApiError(503) after limits::list_wait, or when all is over.
    [[nodiscard]] boost::asio::awaitable<ListRoom> enter();

    /// Nobody waits any more.
    void close();

private:
    friend class ListRoom;

    [[nodiscard]] bool is_full() const;
    void wake_first();

    boost::asio::io_context& context_;
    std::list<boost::asio::steady_timer*> waiting_;  ///< in the order in which they came
    std::size_t items_ = 0;
    bool asking_ = false;
    bool closed_ = false;
};

}  // namespace leveret::admin
