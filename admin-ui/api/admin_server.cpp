#include "admin-ui/api/admin_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>
#include <utility>

#include "admin-ui/api/api.hpp"
#include "admin-ui/api/feed.hpp"
#include "admin-ui/api/gate.hpp"
#include "admin-ui/api/http_server.hpp"
#include "admin-ui/api/list_rooms.hpp"
#include "admin-ui/api/users.hpp"
#include "admin-ui/api/worker.hpp"
#include "broker/insight/inspector.hpp"
#include "broker/log.hpp"

namespace leveret::admin {

namespace asio = boost::asio;
namespace insight = broker::insight;

namespace {

/// How often the broker's counters are looked at, if somebody watches.
constexpr std::chrono::milliseconds tick_period{1000};

/// How often a stopping server looks whether everybody has gone.
constexpr std::chrono::milliseconds stop_check{20};

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    const std::string full(name.data());
    return full.substr(0, full.find('.'));
}

}  // namespace

class AdminServer::Parts {
public:
    Parts(broker::Broker& broker, insight::Post to_broker)
        : config_(broker.config()),
          to_broker_(std::move(to_broker)),
          inspector_(broker, to_broker_,
                     [this](std::function<void()> work) { asio::post(context_, std::move(work)); }),
          users_(config_),
          gate_(context_, config_, users_, worker_),
          services_{.context = context_,
                    .config = config_,
                    .broker = inspector_,
                    .users = users_,
                    .worker = worker_,
                    .gate = gate_,
                    .feed = feed_,
                    .lists = lists_,
                    .vhosts = vhosts_,
                    .http_listeners = listeners_,
                    .node = "rabbit@" + host_name()},
          feed_(services_),
          api_(services_),
          http_(context_, api_, config_) {}

    ~Parts() {
        if (thread_.joinable()) thread_.join();
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    std::vector<std::string> listen() {
        listeners_ = http_.listen();
        const std::filesystem::path socket = config_.data_dir / "ctl.sock";
        try {
            http_.listen_for_administrators(socket.string());
        } catch (const std::runtime_error& error) {
            broker::log::warning("no socket for 'leveret ctl': {}", error.what());
        }
        std::vector<std::string> texts;
        for (const auto& listener : listeners_) {
            texts.push_back(
                fmt::format("{} {}", listener.protocol, broker::net::to_string(listener)));
        }
        return texts;
    }

    void start() {
        ended_ = false;
        thread_ = std::thread([this] {
            // Signals are the broker thread's.
            sigset_t all;
            sigfillset(&all);
            pthread_sigmask(SIG_BLOCK, &all, nullptr);
            run();
            ended_ = true;
        });
    }

    void open(std::function<void()> opened) {
        asio::post(context_, [this, opened = std::move(opened)] {
            inspector_.subscribe([this](const insight::Event& event) { hear(event); });
            inspector_.follow_access(
                [this](const broker::access::AccessChange& change) { users_.apply(change); });
            inspector_.vhosts({}, {}, [this, opened](std::vector<insight::VhostSnapshot> vhosts) {
                for (const auto& vhost : vhosts) vhosts_.insert(vhost.name);
                if (stopping_) return;
                feed_.start();
                api_.open();
                to_broker_(opened);
            });
            tick();
        });
    }

    void reload_certificates(std::shared_ptr<const broker::Config> config) {
        asio::post(context_, [this, config = std::move(config)] {
            try {
                http_.reload_certificates(*config);
            } catch (const broker::net::TlsError& error) {
                broker::log::error("HTTPS: {}", error.what());
            }
        });
    }

    void stop() {
        asio::post(context_, [this] {
            if (std::exchange(stopping_, true)) return;
            api_.close();
            feed_.stop();
            lists_.close();
            gate_.close();
            http_.stop();
            end_when_all_are_gone();
        });
    }

    void abort() {
        asio::post(context_, [this] { http_.abort(); });
    }

    [[nodiscard]] bool ended() const { return ended_; }

private:
    void run() {
        while (true) {
            try {
                context_.run();
                return;
            } catch (const std::exception& bug) {
                broker::log::error("the admin thread: {}", bug.what());
            }
        }
    }

    void hear(const insight::Event& event) {
        if (event.type == insight::EventType::vhost_created) vhosts_.insert(event.name);
        if (event.type == insight::EventType::vhost_deleted) vhosts_.erase(event.name);
    }

    void tick() {
        inspector_.tick();
        timer_.expires_after(tick_period);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error && !stopping_) tick();
        });
    }

    void end_when_all_are_gone() {
        if (http_.all_gone() && feed_.ended()) {
            // What is left are timers that nobody waits for.
            context_.stop();
            return;
        }
        timer_.expires_after(stop_check);
        timer_.async_wait([this](boost::system::error_code) { end_when_all_are_gone(); });
    }

    const broker::Config& config_;
    insight::Post to_broker_;
    asio::io_context context_{1};  // one thread
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer timer_{context_};
    insight::Inspector inspector_;
    Users users_;
    Worker worker_{context_};
    Gate gate_;
    std::set<std::string, std::less<>> vhosts_;
    std::vector<insight::ListenerSnapshot> listeners_;
    Services services_;
    Feed feed_;
    ListRooms lists_{context_};
    Api api_;
    HttpServer http_;
    std::thread thread_;
    std::atomic<bool> ended_ = true;
    bool stopping_ = false;
};

AdminServer::AdminServer(broker::Broker& broker,
                         std::function<void(std::function<void()>)> to_broker)
    : parts_(std::make_unique<Parts>(broker, std::move(to_broker))) {}

AdminServer::~AdminServer() = default;

std::vector<std::string> AdminServer::listen() { return parts_->listen(); }
void AdminServer::start() { parts_->start(); }
void AdminServer::open(std::function<void()> opened) { parts_->open(std::move(opened)); }
void AdminServer::reload_certificates(std::shared_ptr<const broker::Config> config) {
    parts_->reload_certificates(std::move(config));
}
void AdminServer::stop() { parts_->stop(); }
void AdminServer::abort() { parts_->abort(); }
bool AdminServer::ended() const { return parts_->ended(); }

}  // namespace leveret::admin
