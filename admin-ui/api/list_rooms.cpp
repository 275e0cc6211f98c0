#include "admin-ui/api/list_rooms.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/limits.hpp"

namespace leveret::admin {

namespace asio = boost::asio;

void ListRoom::hold(std::size_t items) {
    if (rooms_ == nullptr) return;
    items_ = items;
    asking_ = false;
    rooms_->items_ += items;
    rooms_->asking_ = false;
    rooms_->wake_first();
}

ListRoom::~ListRoom() {
    if (rooms_ == nullptr) return;
    rooms_->items_ -= items_;
    if (asking_) rooms_->asking_ = false;
    rooms_->wake_first();
}

asio::awaitable<ListRoom> ListRooms::enter() {
    if (!closed_ && (is_full() || !waiting_.empty())) {
        asio::steady_timer timer(context_, limits::list_wait);
        const auto place = waiting_.insert(waiting_.end(), &timer);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        waiting_.erase(place);
    }
    if (is_full()) {
        throw ApiError(503, "busy", "too many long lists are being read; ask again, for a page");
    }
    asking_ = true;
    co_return ListRoom(*this);
}

void ListRooms::close() {
    closed_ = true;
    for (asio::steady_timer* const timer : waiting_) timer->cancel();
}

bool ListRooms::is_full() const { return closed_ || asking_ || items_ >= limits::list_items; }

void ListRooms::wake_first() {
    if (!is_full() && !waiting_.empty()) waiting_.front()->cancel();
}

}  // namespace leveret::admin
