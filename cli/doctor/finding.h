// What `waxseal doctor` finds, and the rooms that it looks into: one file each.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace waxseal::cli::doctor {

enum class Level {
  kGood,
  kNote,     // may be meant so
  kWarning,  // works, and will make trouble
  kProblem,  // does not work: the exit status is 1
};

struct Finding {
  Level level;
  std::string room;   // "database", "postfix", ...: stable, scripts look for it
  std::string found;  // one sentence
  std::string next;   // what to do, "" for kGood
};
using Findings = std::vector<Finding>;

// Adds findings of one room.
class Room {
 public:
  Room(std::string name, Findings& findings) : name_(std::move(name)), findings_(findings) {}
  void good(std::string found) { add(Level::kGood, std::move(found), {}); }
  void note(std::string found, std::string next) { add(Level::kNote, std::move(found), std::move(next)); }
  void warning(std::string found, std::string next) { add(Level::kWarning, std::move(found), std::move(next)); }
  void problem(std::string found, std::string next) { add(Level::kProblem, std::move(found), std::move(next)); }

 private:
  void add(Level level, std::string found, std::string next) {
    findings_.push_back({level, name_, std::move(found), std::move(next)});
  }
  std::string name_;
  Findings& findings_;
};

// False: the configuration cannot be used, and nothing but Postfix's can be looked at.
bool examine_configuration(Context&, Findings&);
void examine_clock(Findings&);
// False: the database cannot be used.
bool examine_database(Context&, Findings&);
void examine_trust(Context&, Findings&);
void examine_revocation(Context&, Findings&);
void examine_daemons(Context&, Findings&);
// `directory` has main.cf and master.cf.  Without a configuration of ours only what alters mail is looked for.
void examine_postfix(const service::Config*, const std::string& directory, Findings&);

}  // namespace waxseal::cli::doctor
