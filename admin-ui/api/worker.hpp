// The thread for what takes its time and needs no state of the broker: checking passwords.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace leveret::admin {

/// Runs functions on its one thread, in the order they come, and gives the answers back on the
/// admin thread.
class Worker {
public:
    explicit Worker(boost::asio::io_context& admin) : admin_(admin) {}
    ~Worker() { thread_.join(); }

    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// `work` owns what it needs and does not throw.
    /// Thread: admin thread.
    template <class Value, class Work>
    boost::asio::awaitable<Value> run(Work work) {
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Value)>(
            [this, work = std::move(work)](auto handler) mutable {
                boost::asio::post(thread_, [this, work = std::move(work),
                                            handler = std::move(handler)]() mutable {
                    boost::asio::post(admin_,
                                      [value = work(), handler = std::move(handler)]() mutable {
                                          std::move(handler)(std::move(value));
                                      });
                });
            },
            boost::asio::use_awaitable);
    }

private:
    boost::asio::io_context& admin_;
    boost::asio::thread_pool thread_{1};
};

}  // namespace leveret::admin
