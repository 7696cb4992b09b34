#include "cases.h"

#include <ATen/Parallel.h>

#include <QTemporaryDir>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <fstream>
#include <thread>

using namespace analysis;

namespace {

namespace fs = std::filesystem;

const std::vector<Metric> kEveryMetric{Metric::Weights, Metric::Local,       Metric::Output,
                                       Metric::Others,  Metric::Accumulated, Metric::Final};

/// The others of layers take long.
const std::vector<Metric> kOfLayers{Metric::Weights, Metric::Local, Metric::Accumulated};

/// So little that every prompt is a group of its own and no state is kept.
constexpr MemoryBudget kLittleMemory{.batchBytes = 1, .stateBytes = 1};

AnalysisSettings settingsOf(Level level) {
    auto settings = support::tinySettings(level == Level::Block ? kEveryMetric : kOfLayers, "w8a8");
    settings.level = level;
    settings.steps = 2;
    return settings;
}

/// All that a file holds but how long it took.
std::string withoutTimes(Analysis analysis) {
    analysis.timingSeconds.clear();
    return toJson(analysis);
}

int cellsOf(const Analysis& analysis) {
    int known = int(analysis.uniform.size());
    const auto add = [&known](const Grid& grid) {
        for (const double db : grid.db) known += !std::isnan(db);
    };
    for (const auto& map : analysis.maps) add(map.grid);
    for (const auto& [metric, floor] : analysis.floors) add(floor);
    return known;
}

} // namespace

/// Processes are threads here, each with a model and a folder object of its own.
class TogetherTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        m_threads = at::get_num_threads();
        at::set_num_threads(1);
    }
    void cleanupTestCase() { at::set_num_threads(m_threads); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void theResultIsThatOfOneProcess_data() {
        QTest::addColumn<int>("level");
        QTest::addColumn<int>("processes");
        QTest::addColumn<bool>("isTight");
        QTest::newRow("blocks, 2 processes, enough memory") << int(Level::Block) << 2 << false;
        QTest::newRow("blocks, 3 processes, little memory") << int(Level::Block) << 3 << true;
        QTest::newRow("layers, 2 processes, little memory") << int(Level::Layer) << 2 << true;
        QTest::newRow("layers, 3 processes, enough memory") << int(Level::Layer) << 3 << false;
    }

    void theResultIsThatOfOneProcess() {
        QFETCH(int, level);
        QFETCH(int, processes);
        QFETCH(bool, isTight);
        const MemoryBudget memory = isTight ? kLittleMemory : MemoryBudget{};
        const auto start = planned(support::tinyModel(), settingsOf(Level(level)));
        const auto alone = analyze(support::tinyModel(), start, {}, {}, {}, memory);
        QVERIFY(alone.complete());
        const auto results = together(start, processes, memory);
        for (const auto& result : results) QCOMPARE(withoutTimes(result), withoutTimes(alone));
        // A part may begin with what others had measured before its process came: units tell who did what.
        auto units = unitsDone();
        QVERIFY(!units.empty());
        std::sort(units.begin(), units.end());
        QVERIFY2(std::adjacent_find(units.begin(), units.end()) == units.end(), "a unit was measured twice");
    }

    void theShareOfALostProcessIsDoneByTheOthers() {
        const auto model = support::tinyModel();
        const auto start = planned(model, settingsOf(Level::Block));
        auto lost = std::make_unique<SharedFolder>(folder(), TeamPlace{1, 2});
        for (const char* unit : {"weights 0", "local w8a8 of row 1 at columns 0 1", "accumulated w8a8"})
            QCOMPARE(lost->claim(unit), SharedFolder::Claim::Mine);
        SharedFolder left(folder(), {0, 2});
        int waits = 0;
        const auto progress = [&](const ldm::Progress& now) {
            if (now.what != "waiting for the other processes") return;
            ++waits;
            lost.reset();
        };
        const auto result = analyzeTogether(left, model, start, {}, progress);
        QCOMPARE(waits, 2); // for the lost one, and then for nobody
        QCOMPARE(withoutTimes(result), withoutTimes(analyze(model, start)));
    }

    void aStoppedTeamKeepsWhatAllHaveMeasured() {
        const auto start = planned(support::tinyModel(), settingsOf(Level::Block));
        std::stop_source stop;
        std::atomic<int> reports = 0;
        const auto stopLater = [&](const ldm::Progress&) {
            if (++reports == 60) stop.request_stop();
        };
        const auto results = together(start, 2, {}, stop.get_token(), stopLater);
        const auto leftover = SharedFolder::withLeftovers(start, result());
        QVERIFY(!leftover.complete());
        QVERIFY(cellsOf(leftover) > 0);
        for (const auto& one : results) QVERIFY(cellsOf(one) <= cellsOf(leftover));
        const auto model = support::tinyModel();
        QCOMPARE(withoutTimes(analyze(model, leftover)), withoutTimes(analyze(model, start)));
    }

    void whatIsKnownAlreadyIsNotMeasured() {
        const auto model = support::tinyModel();
        const auto start = analyze(model, planned(model, settingsOf(Level::Block)));
        for (const auto& result : together(start, 2)) QCOMPARE(toJson(result), toJson(start));
    }

private:
    fs::path result() const { return fs::path(m_folder->path().toStdString()) / "result"; }
    fs::path folder() const { return SharedFolder::beside(result(), "job"); }

    /// Lines of the journal, one for each time that a process has finished a unit.
    std::vector<std::string> unitsDone() const {
        std::ifstream journal(folder() / "journal");
        std::vector<std::string> units;
        for (std::string line; std::getline(journal, line);)
            if (line.starts_with("done ")) units.push_back(line);
        return units;
    }

    /// What each of the processes gets.
    std::vector<Analysis> together(const Analysis& start, int processes, const MemoryBudget& memory = {},
                                   const std::stop_token& stop = {}, const ldm::ProgressSink& progress = {}) const {
        std::vector<Analysis> results(static_cast<std::size_t>(processes));
        std::vector<std::exception_ptr> failures(results.size());
        {
            std::vector<std::jthread> threads;
            for (std::size_t place = 0; place < results.size(); ++place)
                threads.emplace_back([&, place] {
                    try {
                        SharedFolder shared(folder(), {int(place), processes});
                        results[place] = analyzeTogether(shared, support::tinyModel(), start, stop, progress, memory);
                    } catch (...) {
                        failures[place] = std::current_exception();
                    }
                });
        }
        for (const auto& failure : failures)
            if (failure) std::rethrow_exception(failure);
        return results;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    int m_threads = 1;
};

NOISEFLOOR_TEST(TogetherTest)
#include "tst_together.moc"
