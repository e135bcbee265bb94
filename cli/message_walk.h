// The messages that a command line names, one after another: files, standard input, directories, maildirs, mboxes.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/mbox.h"

namespace waxseal::cli {

struct Input {
  std::string file;                   // as named, or found below a directory that was
  std::string source;                 // what was named
  std::optional<std::size_t> number;  // in an mbox, counted from 1
  std::string octets;                 // as stored
  std::optional<Time> dated;          // by the line that begins it in an mbox, else when the file was written
  std::string error;                  // not empty: why there are no octets
};

// Sorted by name within each directory; holds the names of one directory at a time for each level, and one message.
// Below a directory only regular files count, and links to them; links to directories are not followed.  A directory
// with cur and new is a maildir: messages are in these two, folders beside them.
class MessageWalk {
 public:
  // `in` must outlive this.
  MessageWalk(const std::vector<std::string>& names, std::istream& in);
  std::optional<Input> next();

 private:
  struct Entry {
    std::string path;
    std::string source;  // what of the command line led here
    bool named = false;  // on the command line
    bool directory = false;
  };

  void open(const Entry& entry);
  void enter(const Entry& entry);
  std::optional<Input> next_of_file();

  std::istream& in_;
  std::vector<Entry> pending_;  // the next one last
  std::string file_, source_;
  std::optional<Time> written_;  // when file_ was
  std::optional<MessageReader> reader_;
  std::size_t number_ = 0;
  std::optional<Input> failure_;
};

}  // namespace waxseal::cli
