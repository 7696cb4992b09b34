#pragma once

#include <analysis/sqnr.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace analysis {

/// The place of one process among those that measure an analysis together.
struct TeamPlace {
    int place = 0;     ///< 0 .. processes - 1
    int processes = 1; ///< at most SharedFolder::kMostProcesses
    bool operator==(const TeamPlace&) const = default;
};

/// A folder in which processes share the work of one analysis, on one machine or on several that see the same files.
/// Work comes in units with a name that depends on the settings alone. A process claims a unit by a lock that the
/// kernel takes back when the process dies, so that what a lost process left undone is free for the others, and no
/// process waits for a time to pass. Nobody is the first among them. One thread.
///
/// In the folder: `journal`, lines of what was done, whose bytes are the locks; `part-N.analysis.json`, what process N
/// has measured, an ordinary partial analysis; files of units whose results are more than cells of maps.
class SharedFolder {
public:
    static constexpr int kMostProcesses = 4096;

    /// The folder of the processes that one start (`job`, any word) made to write `result`: beside it.
    static std::filesystem::path beside(const std::filesystem::path& result, const std::string& job);
    /// `start` with all that was measured for `result` by processes that ended before it could be gathered.
    static Analysis withLeftovers(Analysis start, const std::filesystem::path& result);
    /// Removes what is left beside `result`, but not what processes still work in.
    static void removeLeftovers(const std::filesystem::path& result);

    /// Enters, and makes the folder if nobody has. Throws WriteFailed, also where the file system has no locks, and
    /// BadInput if the place is taken.
    SharedFolder(std::filesystem::path folder, TeamPlace place);
    /// Ends all claims, as the death of the process would.
    ~SharedFolder();
    SharedFolder(const SharedFolder&) = delete;
    SharedFolder& operator=(const SharedFolder&) = delete;

    enum class Claim {
        Mine, ///< the caller is to do the unit
        Busy, ///< another process does it
        Done  ///< it is done, by whichever process
    };
    Claim claim(const std::string& unit);
    /// A claimed unit is done, and its file is there if it has one.
    void finished(const std::string& unit);
    /// A claimed unit is done and `soFar` holds its cells. Others get to know within a second, see flush().
    void measured(const std::string& unit, const Analysis& soFar);
    /// Writes this process's part and tells of all units in it.
    void flush(const Analysis& soFar);
    /// Where a unit puts what is no cell of a map. Units have names that differ in letters and digits.
    std::filesystem::path fileOf(const std::string& unit) const;
    TeamPlace place() const { return m_place; }

    /// Waits a moment, or until a stop is requested; false then.
    bool pause(const std::stop_token& stop) const;
    enum class Waited { AllDone, SomeLost, Stopped };
    /// Waits until no unit that others were busy with is any more: all are done, or some were lost with a process.
    Waited waitForOthers(const std::stop_token& stop);

    /// `start` with every cell that a process has told of, and the longest time that any process took for each stage.
    Analysis gathered(Analysis start) const;
    /// The whole result is written by the first process that has it; the others wait for that and do nothing. Should
    /// the writer be lost, the next one writes.
    void saveOnce(const std::function<void()>& save);
    /// To be called last. If nobody is left, saves what there is unless the whole was, and removes the folder.
    void leave(const std::function<void()>& saveRest);

private:
    class Journal;

    bool isDone(const std::string& unit);
    void release(const std::string& unit);
    bool isEmpty();

    std::filesystem::path m_folder;
    TeamPlace m_place;
    std::unique_ptr<Journal> m_journal;
    std::set<std::string> m_refused;   ///< units that were busy when they were asked for
    std::vector<std::string> m_toTell; ///< units measured since the part was written
    std::chrono::steady_clock::time_point m_lastFlush;
};

} // namespace analysis
