// `leveret serve`: puts the broker together from its parts and runs it until it is told to stop.
#include "cli/serve.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin-ui/api/admin_server.hpp"
#include "broker/alarms.hpp"
#include "broker/amqp/server.hpp"
#include "broker/amqp/session.hpp"
#include "broker/broker.hpp"
#include "broker/clock.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/recovery.hpp"
#include "cli/load_definitions.hpp"
#include "cli/service_manager.hpp"
#include "storage/lmdb_store.hpp"

namespace leveret::cli {

namespace asio = boost::asio;
using namespace broker;

namespace {

/// A connection needs a descriptor, and the soft limit is often 1,024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        log::warning("the limit of open files stays at {}", limit.rlim_cur);
    }
}

storage::SyncMode sync_mode(StorageSync sync) {
    switch (sync) {
        case StorageSync::pipelined:
            return storage::SyncMode::pipelined;
        case StorageSync::each:
            break;
        case StorageSync::none:
            return storage::SyncMode::none;
    }
    return storage::SyncMode::each;
}

/// Thread: any.
void log_of_store(storage::LogLevel level, std::string_view line) {
    const std::string text = log::escaped(line);
    switch (level) {
        case storage::LogLevel::info:
            return log::info("store: {}", text);
        case storage::LogLevel::warning:
            return log::warning("store: {}", text);
        case storage::LogLevel::error:
            return log::error("store: {}", text);
        case storage::LogLevel::fatal:
            log::error("store: {}", text);
            log::stop();  // it writes what waits: nobody will do so later
    }
}

/// Locks the data directory and opens what is in it. The store's threads post their notices to
/// `context`.
std::unique_ptr<storage::Store> open_store(const Config& config, const OneStart& once,
                                           asio::io_context& context) {
    storage::StoreOptions options;
    options.data_dir = config.data_dir;
    options.sync = sync_mode(config.storage.sync);
    options.max_octets = config.storage.max_size.value_or(0);
    options.disk_free_limit = config.disk.free_limit.value_or(0);
    options.allow_network = config.storage.allow_network;
    options.refuse_synced = config.dev && options.sync == storage::SyncMode::none;
    options.repair = once.repair;
    options.compact = once.compact;
    options.discard = once.discard_store;
    options.log = log_of_store;
    return std::make_unique<storage::LmdbStore>(
        std::move(options),
        [&context](std::function<void()> notice) { asio::post(context, std::move(notice)); });
}

/// The broker thread: everything that runs on its io_context.
class Serving {
public:
    Serving(const Config& config, const OneStart& once, ReadConfig read_config)
        : read_config_(std::move(read_config)),
          store_(open_store(config, once, context_)),
          broker_(config, clock_, *store_,
                  {.turn_end =
                       [this] {
                           asio::post(context_, [this] {
                               broker_.turn().end();
                               circle_.turn_ended();
                           });
                       },
                   .deadline = [this](Instant at) { await_deadline(at); },
                   .aside =
                       [this](std::function<void()> work, std::function<void()> then) {
                           asio::post(worker_, [this, work = std::move(work),
                                                then = std::move(then)]() mutable {
                               work();
                               asio::post(context_, std::move(then));
                           });
                       }}),
          server_(context_, broker_, circle_),
          admin_(broker_,
                 [this](std::function<void()> work) { asio::post(context_, std::move(work)); }) {}

    ~Serving() {
        // A signal that comes late in the stop changes nothing any more: the exit code is ours.
        sigset_t all;
        sigemptyset(&all);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&all, signal);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        // Sessions end before the broker does, also when something was thrown; so does the admin
        // thread, which may wait for an answer.
        server_.abort();
        admin_.stop();
        admin_.abort();
        context_.restart();
        const auto work = asio::make_work_guard(context_);
        while (!server_.all_gone() || !admin_.ended()) context_.run_one_for(limits::stop_check);
    }

    /// Returns: the exit code.
    int run() {
        broker_.on_storage_failure([this] {
            exit_code_ = 1;
            stop("the store has failed");
        });
        http_listeners_ = admin_.listen();
        admin_.start();
        Recovery recovery(broker_);
        store_->recover(recovery);
        load_definitions(broker_);
        admin_.open([this, amqp_listeners = server_.listen()] {
            if (!stopping_) announce(amqp_listeners);
        });
        await_signal();
        tick();
        check_memory();
        context_.run();
        return exit_code_;
    }

private:
    void announce(const std::vector<std::string>& amqp_listeners) {
        std::string entries;
        for (const std::string& listener : amqp_listeners) entries += listener + ", ";
        for (const std::string& listener : http_listeners_) entries += listener + ", ";
        entries.resize(entries.size() - std::min<std::size_t>(entries.size(), 2));
        // Tools wait for these words, whatever the level of the log is.
        fmt::print("Server startup complete; {}\n", entries);
        std::fflush(stdout);
        log::info("Server startup complete; {}", entries);
        service_manager::ready();
        const auto is_local = [](const ListenAddress& address) {
            return address.is_unix() || address.host == "::1" || address.host == "localhost" ||
                   address.host.starts_with("127.");
        };
        const Config::Amqp& amqp = broker_.config().amqp;
        if (std::ranges::all_of(amqp.listen, is_local) &&
            std::ranges::all_of(amqp.tls_listen, is_local)) {
            log::info(
                "only this machine can connect; amqp.listen = [\"0.0.0.0:5672\"] opens AMQP "
                "to the network");
        }
    }

    void await_signal() {
        signals_.async_wait([this](boost::system::error_code error, int signal) {
            if (error) return;
            if (signal == SIGHUP) {
                service_manager::reloading();
                reload();
                service_manager::ready();
                return await_signal();
            }
            stop(fmt::format("signal {}", signal));
        });
    }

    /// What docs/configuration.md calls reloadable; a fault in the file leaves all as it is.
    void reload() {
        log::reopen();
        try {
            const auto fresh = std::make_shared<const Config>(read_config_());
            if (!fresh->http.tls_listen.empty()) {
                // Tried here, as the thread of HTTP takes it when all else has changed already.
                (void)net::TlsContext(fresh->tls,
                                      fresh->http.tls_verify.value_or(fresh->tls.verify));
            }
            server_.reload_certificates(*fresh);
            admin_.reload_certificates(fresh);
            log::set_level(fresh->log.level);
            broker_.alarms().set_memory_high_watermark(
                fresh->memory.high_watermark.of(available_memory_octets()));
            store_->set_disk_free_limit(fresh->disk.free_limit.value_or(0));
            log::info("configuration read again");
        } catch (const ConfigError& error) {
            for (const std::string& problem : error.problems()) log::error("{}", problem);
            log::error("the configuration stays as it was");
        } catch (const net::TlsError& error) {
            log::error("{}; the configuration stays as it was", error.what());
        }
    }

    void stop(std::string_view why) {
        if (std::exchange(stopping_, true)) {  // asked twice: at once
            admin_.abort();
            return server_.abort();
        }
        log::info("stopping, {}; {} connections are told to go", why, circle_.sessions.size());
        service_manager::stopping();
        server_.stop();
        admin_.stop();
        stop_deadline_.expires_after(limits::stop_timeout);
        stop_deadline_.async_wait([this](boost::system::error_code) {
            server_.abort();
            admin_.abort();
        });
        tick();  // more often from now on
        await_signal();
    }

    void tick() {
        tick_timer_.expires_after(stopping_ ? limits::stop_check : limits::tick);
        tick_timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            server_.tick();
            broker_.tick();
            if (stopping_ && server_.all_gone() && admin_.ended()) return end();
            tick();
        });
    }

    /// Everybody has gone: what stays is made durable.
    void end() {
        broker_.stop();
        store_->close();
        context_.stop();
    }

    /// Called when the first deadline has become `at`.
    void await_deadline(Instant at) {
        deadline_timer_.expires_at(at);
        deadline_timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            broker_.deadlines().run(clock_.now());
            if (const auto next = broker_.deadlines().next()) await_deadline(*next);
        });
    }

    void check_memory() {
        broker_.alarms().memory_used(process_memory_octets());
        memory_timer_.expires_after(limits::memory_check);
        memory_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) check_memory();
        });
    }

    ReadConfig read_config_;
    asio::io_context context_{1};  // one thread
    asio::steady_timer deadline_timer_{context_};
    SystemClock clock_;
    std::unique_ptr<storage::Store> store_;
    amqp::SessionCircle circle_;
    Broker broker_;
    amqp::Server server_;
    admin::AdminServer admin_;
    asio::thread_pool worker_{1};  // hashes passwords
    std::vector<std::string> http_listeners_;
    asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
    asio::steady_timer tick_timer_{context_};
    asio::steady_timer memory_timer_{context_};
    asio::steady_timer stop_deadline_{context_};
    bool stopping_ = false;
    int exit_code_ = 0;
};

}  // namespace

int serve(const Config& config, const OneStart& once, ReadConfig read_config) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);  // that a client has gone is told by what writing returns
    try {
        const int exit_code = Serving(config, once, std::move(read_config)).run();
        log::info("stopped");
        return exit_code;
    } catch (const std::exception& error) {
        log::error("{}", error.what());
        return 1;
    }
}

}  // namespace leveret::cli
