#include "support/database_cluster.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <pqxx/pqxx>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/sha256.h"
#include "base/unique_fd.h"
#include "store/embedded_migrations.h"
#include "store/migrations.h"
#include "support/database.h"

namespace waxseal::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* kUser = "postgres";  // superuser of the cluster; and the system user if we are root

std::string binary(const std::string& name) {
  const char* const chosen = std::getenv("WAXSEAL_TEST_PG_BIN");
  if (chosen != nullptr) return std::string(chosen) + "/" + name;
  for (const char* version : {"17", "16", "15"}) {
    const std::string path = std::string("/usr/lib/postgresql/") + version + "/bin/" + name;
    if (fs::exists(path)) return path;
  }
  return name;  // somewhere in PATH
}

struct Credentials {
  uid_t uid = geteuid();
  gid_t gid = getegid();
};

// initdb and postgres refuse to run as root.
Credentials unprivileged() {
  if (geteuid() != 0) return {};
  const passwd* const entry = getpwnam(kUser);
  if (entry == nullptr) throw std::runtime_error("running as root, and there is no user postgres to run PostgreSQL as");
  return {entry->pw_uid, entry->pw_gid};
}

void give_to_postgres(const std::string& path) {
  const Credentials user = unprivileged();
  if (chown(path.c_str(), user.uid, user.gid) != 0) throw std::runtime_error("chown " + path);
}

// In the child: becomes the program, silent, as the unprivileged user.
[[noreturn]] void become(const std::vector<char*>& arguments, const Credentials& user, const char* log) {
  const int null = open("/dev/null", O_RDWR);
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(null, 0);
  dup2(out >= 0 ? out : null, 1);
  dup2(out >= 0 ? out : null, 2);
  if (geteuid() == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0) _exit(126);
  }
  if (chdir("/") != 0) _exit(126);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

pid_t spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const Credentials user = unprivileged();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) become(pointers, user, log.c_str());
  return child;
}

bool answers(const std::string& url) {
  try {
    pqxx::connection connection(url);
    return connection.is_open();
  } catch (const std::exception&) {
    return false;
  }
}

std::string template_name() {
  Sha256Stream digest;
  for (const store::EmbeddedMigration& each : store::embedded_migrations()) digest.add(each.name).add(each.sql);
  return "/tmp/waxseal-test-pg-" + std::to_string(geteuid()) + "-" + digest.finish().hex().substr(0, 16);
}

void initialise(const std::string& directory) {
  fs::create_directories(directory);
  give_to_postgres(directory);
  run_as_postgres({binary("initdb"), "-D", directory + "/data", "-U", kUser, "-A", "trust", "-E", "UTF8", "--locale=C",
                   "--no-sync", "--wal-segsize=1"},
                  "initdb");
  const int port = free_port();
  const pid_t postmaster = start_postgres(directory, port);
  {
    pqxx::connection connection(socket_url(directory, port, "postgres"));
    pqxx::nontransaction(connection).exec(std::string("CREATE DATABASE ") + kTemplateDatabase + " TEMPLATE template0");
  }
  {
    store::Database database({.url = socket_url(directory, port, kTemplateDatabase)});
    const Result<int> applied = store::migrate(database, SystemClock().now());
    if (!applied) throw std::runtime_error(applied.error());
  }
  kill(postmaster, SIGINT);  // fast: with a checkpoint, so that copies start at once
  waitpid(postmaster, nullptr, 0);
}

}  // namespace

void run_as_postgres(const std::vector<std::string>& arguments, const std::string& what) {
  int status = 0;
  const pid_t child = spawn(arguments, "/dev/null");
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(what + " failed");
  }
}

std::string template_directory() {
  const std::string final_name = template_name();
  const UniqueFd lock(open((final_name + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock || flock(lock.get(), LOCK_EX) != 0) throw std::runtime_error("cannot lock " + final_name);
  if (!fs::exists(final_name)) {
    const std::string draft = final_name + ".draft";
    fs::remove_all(draft);
    initialise(draft);
    fs::rename(draft, final_name);
  }
  return final_name;
}

pid_t start_postgres(const std::string& directory, int port, const std::vector<std::string>& settings) {
  std::vector<std::string> arguments = {binary("postgres"),
                                        "-D",
                                        directory + "/data",
                                        "-p",
                                        std::to_string(port),
                                        "-k",
                                        directory,
                                        "-c",
                                        "listen_addresses=127.0.0.1",
                                        "-c",
                                        "fsync=off",
                                        "-c",
                                        "full_page_writes=off",
                                        "-c",
                                        "max_connections=300",
                                        "-c",
                                        "shared_buffers=64MB",
                                        "-c",
                                        "autovacuum=off",
                                        "-c",
                                        "max_wal_size=256MB",
                                        "-c",
                                        "log_min_messages=fatal"};
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"-c", setting});
  const pid_t postmaster = spawn(arguments, directory + "/log");
  for (int i = 0; i < 600; ++i) {
    if (answers(socket_url(directory, port, "postgres"))) return postmaster;
    if (waitpid(postmaster, nullptr, WNOHANG) == postmaster) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw std::runtime_error("PostgreSQL does not start; see " + directory + "/log");
}

void stop_postgres(pid_t postmaster) {
  if (postmaster <= 0) return;
  kill(postmaster, SIGQUIT);
  waitpid(postmaster, nullptr, 0);
}

std::string socket_url(const std::string& directory, int port, const std::string& database) {
  return "host=" + directory + " port=" + std::to_string(port) + " user=" + kUser + " dbname=" + database;
}

int free_port() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

namespace {

std::string fresh_directory() {
  std::string path = "/tmp/waxseal-test-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp");
  chmod(path.c_str(), 0755);
  give_to_postgres(path);
  return path;
}

// A shell that outlives us by a moment: when our end of the pipe closes, whatever happened, the cluster goes.
pid_t start_janitor(int read_end, const std::string& directory) {
  const std::string script =
      "cat >/dev/null; pid=$(head -n 1 '" + directory +
      "/data/postmaster.pid' 2>/dev/null); "
      "[ -n \"$pid\" ] && kill -QUIT \"$pid\" && while kill -0 \"$pid\" 2>/dev/null; do sleep 0.05; "
      "done; rm -rf '" +
      directory + "'";
  const pid_t child = fork();
  if (child != 0) return child;
  setsid();
  dup2(read_end, 0);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, 1);
  dup2(null, 2);
  execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
  _exit(127);
}

}  // namespace

Cluster& Cluster::instance() {
  static const std::unique_ptr<Cluster> cluster = [] {
    std::unique_ptr<Cluster> of_the_run = advertised();
    return of_the_run ? std::move(of_the_run) : std::make_unique<Cluster>();
  }();
  return *cluster;
}

std::unique_ptr<Cluster> Cluster::advertised() {
  const char* const file = std::getenv("WAXSEAL_TEST_CLUSTER");
  if (file == nullptr) return nullptr;
  std::ifstream in(file);
  std::string made_from, directory;
  int port = 0;
  if (!(in >> made_from >> directory >> port) || made_from != template_name()) return nullptr;
  std::unique_ptr<Cluster> cluster(new Cluster(directory, port));
  return answers(cluster->url("postgres")) ? std::move(cluster) : nullptr;
}

std::string Cluster::advertisement() const {
  return template_name() + " " + directory_ + " " + std::to_string(port_);
}

Cluster::Cluster(std::string directory, int port) : directory_(std::move(directory)), port_(port) {}

Cluster::Cluster(Disk disk) : disk_(disk), directory_(fresh_directory()), port_(free_port()) {
  run_as_postgres({"cp", "-r", template_directory() + "/data", directory_ + "/data"}, "copying the template cluster");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  janitor_pipe_ = ends[1];
  janitor_ = start_janitor(ends[0], directory_);
  close(ends[0]);
  start();
}

Cluster::~Cluster() {
  if (janitor_ < 0) return;
  stop();
  close(janitor_pipe_);
  waitpid(janitor_, nullptr, 0);
}

std::string Cluster::url(const std::string& database) const {
  return socket_url(directory_, port_, database);
}

std::string Cluster::tcp_url(const std::string& database) const {
  return "postgresql://" + std::string(kUser) + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

void Cluster::stop() {
  stop_postgres(postmaster_);
  postmaster_ = -1;
}

void Cluster::start() {
  const std::vector<std::string> as_installed = {"fsync=on", "full_page_writes=on", "shared_buffers=1GB",
                                                 "max_wal_size=4GB", "autovacuum=on"};
  postmaster_ = start_postgres(directory_, port_, disk_ == Disk::kDurable ? as_installed : std::vector<std::string>());
}

}  // namespace waxseal::test
