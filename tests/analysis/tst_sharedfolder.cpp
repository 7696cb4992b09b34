#include "cases.h"

#include <analysis/sharedfolder.h>

#include <QTemporaryDir>

#include <fstream>
#include <map>
#include <memory>

using namespace analysis;
using Claim = SharedFolder::Claim;
using Waited = SharedFolder::Waited;

namespace {

namespace fs = std::filesystem;

const quant::Format kW8A8 = quant::parseFormat("w8a8");

/// Local maps of three rows and two timesteps.
Analysis emptyAnalysis() {
    Analysis analysis;
    analysis.model = {"small", "sha256:" + std::string(64, '0')};
    analysis.settings.formats = {kW8A8};
    analysis.settings.prompts = {"a test"};
    analysis.settings.steps = 2;
    analysis.settings.width = analysis.settings.height = 64;
    analysis.timesteps = {501, 1};
    analysis.blocks = {{"a", {"a"}, 36}, {"b", {"b"}, 72}, {"c", {"c"}, 36}};
    analysis.maps.push_back({Metric::Local, kW8A8, Grid(3, 2)});
    analysis.floors.emplace(Metric::Local, Grid(3, 2));
    return analysis;
}

Analysis withCell(Analysis analysis, int row, double db) {
    analysis.maps.front().grid.at(row, 0) = db;
    return analysis;
}

using Team = std::vector<std::unique_ptr<SharedFolder>>;

} // namespace

/// Locks belong to an open file, so several objects in one process are to each other as processes are.
class SharedFolderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyUnitIsOnesAlone() {
        const Team team = teamOf(3);
        std::map<std::string, int> owners;
        for (int i = 0; i < 300; ++i)
            for (int j = 0; j < 3; ++j) { // each begins with another unit
                const std::string unit = "unit " + std::to_string((i + 100 * j) % 300);
                const Claim claim = team[std::size_t(j)]->claim(unit);
                QVERIFY(claim != Claim::Done);
                if (claim == Claim::Mine) QVERIFY(owners.emplace(unit, j).second);
            }
        QCOMPARE(owners.size(), std::size_t(300));
    }

    void whatIsDoneIsDoneForAllAndForWhoeverComesLater() {
        Team team = teamOf(2);
        QCOMPARE(team[0]->claim("a"), Claim::Mine);
        QCOMPARE(team[1]->claim("a"), Claim::Busy);
        team[0]->finished("a");
        QCOMPARE(team[1]->claim("a"), Claim::Done);
        team[1].reset();
        QCOMPARE(SharedFolder(folder(), {1, 2}).claim("a"), Claim::Done);
    }

    void measuredUnitsAreBusyUntilTheirCellsAreThere() {
        const Team team = teamOf(2);
        for (const char* unit : {"first", "second"}) QCOMPARE(team[0]->claim(unit), Claim::Mine);
        team[0]->measured("first", withCell(emptyAnalysis(), 0, 30));
        team[0]->measured("second", withCell(withCell(emptyAnalysis(), 0, 30), 1, 20));
        team[0]->flush(withCell(withCell(emptyAnalysis(), 0, 30), 1, 20));
        for (const char* unit : {"first", "second"}) QCOMPARE(team[1]->claim(unit), Claim::Done);
        const Grid grid = team[1]->gathered(emptyAnalysis()).maps.front().grid;
        QCOMPARE(grid.at(0, 0), 30.0);
        QCOMPARE(grid.at(1, 0), 20.0);
        QVERIFY(std::isnan(grid.at(2, 0)));
    }

    void aLostProcessGivesItsUnitsBack() {
        Team team = teamOf(2);
        QCOMPARE(team[1]->claim("a"), Claim::Mine);
        QCOMPARE(team[0]->claim("a"), Claim::Busy);
        team[1].reset();
        QCOMPARE(team[0]->waitForOthers({}), Waited::SomeLost);
        QCOMPARE(team[0]->claim("a"), Claim::Mine);
        team[0]->finished("a");
        QCOMPARE(team[0]->waitForOthers({}), Waited::AllDone);
    }

    void waitingEndsWhenItIsStopped() {
        const Team team = teamOf(2);
        QCOMPARE(team[1]->claim("a"), Claim::Mine);
        QCOMPARE(team[0]->claim("a"), Claim::Busy);
        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(team[0]->waitForOthers(stop.get_token()), Waited::Stopped);
    }

    void aLineThatWasCutOffIsNoUnit() {
        const Team team = teamOf(1);
        std::ofstream(folder() / "journal", std::ios::app) << "done row 1";
        QCOMPARE(team[0]->claim("row 1"), Claim::Mine);
        team[0]->finished("row 1"); // swallowed by the line that was cut off
        QCOMPARE(team[0]->claim("row 1"), Claim::Mine);
        team[0]->finished("row 1");
        QCOMPARE(team[0]->claim("row 1"), Claim::Done);
    }

    void theWholeResultIsSavedOnceAndByTheNextIfThatFails() {
        const Team team = teamOf(3);
        int saved = 0;
        const auto save = [&saved] { ++saved; };
        QVERIFY_THROWS_EXCEPTION(
            ldm::Error, team[0]->saveOnce([] { throw ldm::Error(ldm::ErrorKind::WriteFailed, "The disk is full."); }));
        team[1]->saveOnce(save);
        team[2]->saveOnce(save);
        QCOMPARE(saved, 1);
    }

    void theLastToLeaveSavesTheRestAndRemovesTheFolder() {
        const Team team = teamOf(3);
        int saved = 0;
        const auto save = [&saved] { ++saved; };
        team[1]->leave(save);
        team[0]->leave(save);
        QCOMPARE(saved, 0);
        QVERIFY(fs::exists(folder()));
        team[2]->leave(save);
        QCOMPARE(saved, 1);
        QVERIFY(!fs::exists(folder()));
    }

    void nothingIsSavedOverTheWholeResult() {
        const Team team = teamOf(2);
        int saved = 0;
        team[0]->saveOnce([&saved] { ++saved; });
        for (const auto& process : team) process->leave([&saved] { ++saved; });
        QCOMPARE(saved, 1);
        QVERIFY(!fs::exists(folder()));
    }

    void whoeverHasNotComeYetFindsTheFolder() {
        SharedFolder first(folder(), {0, 2});
        bool isSaved = false;
        first.leave([&isSaved] { isSaved = true; });
        QVERIFY(!isSaved);
        QVERIFY(fs::exists(folder()));
        SharedFolder second(folder(), {1, 2});
        second.leave([&isSaved] { isSaved = true; });
        QVERIFY(isSaved);
        QVERIFY(!fs::exists(folder()));
    }

    void aPlaceIsTakenOnce() {
        const Team team = teamOf(2);
        QVERIFY_THROWS_EXCEPTION(ldm::Error, SharedFolder(folder(), {1, 2}));
        QVERIFY_THROWS_EXCEPTION(ldm::Error, SharedFolder(folder(), {2, 2}));
    }

    void whatALostTeamHasMeasuredIsFoundAgain() {
        {
            const Team team = teamOf(2);
            team[0]->flush(withCell(emptyAnalysis(), 0, 30));
            team[1]->flush(withCell(emptyAnalysis(), 2, 10));
        }
        const Grid grid = SharedFolder::withLeftovers(emptyAnalysis(), result()).maps.front().grid;
        QCOMPARE(grid.at(0, 0), 30.0);
        QCOMPARE(grid.at(2, 0), 10.0);
        Analysis other = emptyAnalysis();
        other.settings.seed = 9;
        QVERIFY(std::isnan(SharedFolder::withLeftovers(other, result()).maps.front().grid.at(0, 0)));
        SharedFolder::removeLeftovers(result().string() + ".analysis.json"); // of another result
        QVERIFY(fs::exists(folder()));
        SharedFolder::removeLeftovers(result());
        QVERIFY(!fs::exists(folder()));
    }

    void aFolderInUseIsNotRemoved() {
        const Team team = teamOf(1);
        SharedFolder::removeLeftovers(result());
        QVERIFY(fs::exists(folder()));
    }

    void aDamagedPartIsMeasuredAgain() {
        const Team team = teamOf(2);
        team[0]->flush(withCell(emptyAnalysis(), 0, 30));
        std::ofstream(folder() / "part-1.analysis.json") << "{ no";
        QCOMPARE(team[1]->gathered(emptyAnalysis()).maps.front().grid.at(0, 0), 30.0);
    }

private:
    fs::path result() const { return fs::path(m_folder->path().toStdString()) / "result"; }
    fs::path folder() const { return SharedFolder::beside(result(), "job 7"); }
    Team teamOf(int processes) const {
        Team team;
        for (int place = 0; place < processes; ++place)
            team.push_back(std::make_unique<SharedFolder>(folder(), TeamPlace{place, processes}));
        return team;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(SharedFolderTest)
#include "tst_sharedfolder.moc"
