#include "cases.h"

#include <analysis/cache.h>
#include <analysis/merge.h>

#include <QTemporaryDir>

#include <fstream>

using namespace analysis;
namespace fs = std::filesystem;

namespace {

const quant::Format kW8A8 = quant::parseFormat("w8a8");
const quant::Format kW4A8 = quant::parseFormat("w4a8");

Analysis measuredWith(const AnalysisCache& cache, const ldm::Model& model, const AnalysisSettings& settings,
                      const RowSink& rows = {}) {
    const auto result = analyze(model, cache.recalled(planned(model, settings)), {}, {}, rows);
    cache.remember(result);
    return result;
}

std::vector<fs::path> filesIn(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void put(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

} // namespace

class CacheTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void askingAgainGivesTheSameBytesAndRunsNothing() {
        const auto model = support::tinyModel();
        const AnalysisCache cache(folder());
        const auto settings = support::tinySettings({Metric::Weights, Metric::Local, Metric::Final}, "w8a8,w4a8");
        const auto first = measuredWith(cache, model, settings);
        const auto again = cache.recalled(planned(model, settings));
        QVERIFY(again.complete());
        QCOMPARE(toJson(again), toJson(first));
        measuredWith(cache, model, settings, [](const RowMeasured&) { QFAIL("nothing is missing"); });
    }

    void onlyNewMapsAreMeasured() {
        const auto model = support::tinyModel();
        const AnalysisCache cache(folder());
        measuredWith(cache, model, support::tinySettings({Metric::Local}, "w8a8"));
        const auto more = support::tinySettings({Metric::Local, Metric::Weights}, "w8a8,w4a8");
        const auto both = measuredWith(cache, model, more, [](const RowMeasured& row) {
            QVERIFY(row.metric == Metric::Weights || row.format == kW4A8);
        });
        QVERIFY(support::sameMaps(both, support::measured(model, more)));
        QCOMPARE(filesIn(folder()).size(), std::size_t(1));
    }

    void aPartialResultIsContinued() {
        const auto model = support::tinyModel();
        const AnalysisCache cache(folder());
        const auto settings = support::tinySettings({Metric::Local, Metric::Output}, "w8a8");
        std::stop_source source;
        int left = 9;
        cache.remember(analyze(model, planned(model, settings), source.get_token(), {}, [&](const RowMeasured&) {
            if (--left == 0) source.request_stop();
        }));
        const auto start = cache.recalled(planned(model, settings));
        QVERIFY(!start.complete());
        QVERIFY(!std::isnan(start.maps[0].grid.at(0, 0)));
        QVERIFY(support::sameMaps(analyze(model, start), support::measured(model, settings)));
    }

    void whateverChangesNumbersIsAnotherEntry() {
        const auto model = support::tinyModel();
        const AnalysisCache cache(folder());
        const auto settings = support::tinySettings({Metric::Weights}, "w8");
        measuredWith(cache, model, settings);
        const std::vector<std::function<void(AnalysisSettings&)>> changes{
            [](auto& other) { other.level = Level::Layer; },
            [](auto& other) { other.scheduler = "euler"; },
            [](auto& other) { other.steps = 5; },
            [](auto& other) { other.guidance = 2; },
            [](auto& other) { other.seed = 9; },
            [](auto& other) { other.prompts.pop_back(); },
            [](auto& other) { other.negative.reset(); },
            [](auto& other) { other.width = 32; },
            [](auto& other) { other.calibration = "first"; },
            [](auto& other) { other.eta = 0.5; },
            [](auto& other) { other.clipSkip = 1; },
            [](auto& other) { other.weightedPrompts = true; },
            [](auto& other) { other.latentsHash = "sha256:0"; },
            [](auto& other) { other.device = ldm::DeviceKind::Cuda; },
            [](auto& other) { other.precision = ldm::Precision::Bf16; },
        };
        for (std::size_t i = 0; i < changes.size(); ++i) {
            auto start = planned(model, settings);
            changes[i](start.settings);
            QVERIFY2(std::isnan(cache.recalled(start).maps[0].grid.at(0, 0)), std::to_string(i).c_str());
        }
        auto foreign = planned(model, settings);
        foreign.model.fingerprint = "sha256:0";
        QVERIFY(std::isnan(cache.recalled(foreign).maps[0].grid.at(0, 0)));
    }

    void aDamagedEntryIsIgnoredAndReplaced() {
        const auto model = support::tinyModel();
        const AnalysisCache cache(folder());
        const auto settings = support::tinySettings({Metric::Weights}, "w8");
        const auto whole = measuredWith(cache, model, settings);
        const fs::path file = filesIn(folder()).front();
        const auto text = toJson(whole);
        auto other = whole;
        other.model.fingerprint = "sha256:0";
        for (const std::string& damage :
             {std::string(), text.substr(0, text.size() / 2), std::string("{}"), toJson(other)}) {
            put(file, damage);
            QVERIFY(!cache.recalled(planned(model, settings)).complete());
            cache.remember(whole);
            QVERIFY(cache.recalled(planned(model, settings)).complete());
        }
    }

    void theEntriesUsedLongestAgoMakeRoom() {
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Weights}, "w8");
        measuredWith(AnalysisCache(folder()), model, settings);
        const fs::path oldest = filesIn(folder()).front();
        const auto size = fs::file_size(oldest);
        fs::last_write_time(oldest, fs::last_write_time(oldest) - std::chrono::hours(2));
        const AnalysisCache small(folder(), size * 5 / 2);
        put(folder() / "notes.txt", "not an entry");
        settings.seed = 100;
        measuredWith(small, model, settings); // a second entry fits
        QVERIFY(fs::exists(oldest));
        settings.seed = 101;
        measuredWith(small, model, settings); // a third does not
        QVERIFY(!fs::exists(oldest));
        QVERIFY(small.recalled(planned(model, settings)).complete());
        settings.seed = 100;
        QVERIFY(small.recalled(planned(model, settings)).complete());
        QVERIFY(fs::exists(folder() / "notes.txt"));
    }

    void withoutAFolderNothingIsKept() {
        const auto model = support::tinyModel();
        const AnalysisCache none{fs::path()};
        const auto settings = support::tinySettings({Metric::Weights}, "w8");
        measuredWith(none, model, settings);
        QVERIFY(!none.recalled(planned(model, settings)).complete());
    }

    void aFolderThatCannotBeMadeIsTold() {
        put(folder() / "file", "in the way");
        const AnalysisCache cache(folder() / "file" / "below");
        const auto model = support::tinyModel();
        const auto start = planned(model, support::tinySettings({Metric::Weights}, "w8"));
        QVERIFY(!support::failureOf(ldm::ErrorKind::WriteFailed, [&] { cache.remember(start); }).empty());
        QVERIFY(!cache.recalled(start).complete());
    }

    void theFolderFollowsTheEnvironment() {
        const QByteArray cacheHome = qgetenv("XDG_CACHE_HOME"), home = qgetenv("HOME");
        qputenv("XDG_CACHE_HOME", "/somewhere/cache");
        QCOMPARE(AnalysisCache::standardFolder(), fs::path("/somewhere/cache/noisefloor/analysis"));
        qputenv("XDG_CACHE_HOME", "relative");
        qputenv("HOME", "/home/somebody");
        QCOMPARE(AnalysisCache::standardFolder(), fs::path("/home/somebody/.cache/noisefloor/analysis"));
        qunsetenv("HOME");
        QVERIFY(AnalysisCache::standardFolder().empty());
        qputenv("XDG_CACHE_HOME", cacheHome);
        qputenv("HOME", home);
    }

    void testsStayOutOfTheUsersCache() {
        const auto standard = AnalysisCache::standardFolder().string();
        QVERIFY2(standard.starts_with(fs::temp_directory_path().string()), standard.c_str());
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(CacheTest)
#include "tst_cache.moc"
