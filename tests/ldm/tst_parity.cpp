#include "parity/pipeline.h"
#include "support/proceduralweights.h"
#include "support/reference.h"
#include "support/samplerparity.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/tokenizer.h>

#include <QTemporaryDir>

#include <algorithm>
#include <fstream>
#include <optional>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::uint64_t kLargeModel = kGiB;
constexpr std::uint64_t kMemoryOfLarge = 12 * kGiB;

std::uint64_t availableMemory() {
    std::ifstream stream("/proc/meminfo");
    for (std::string line; std::getline(stream, line);)
        if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(line.find(':') + 1)) << 10;
    return 0;
}

/// What this machine lacks to write the fixture's weights and to run them.
std::optional<std::string> lacks(const fs::path& fixture, const fs::path& temporary) {
    const std::uint64_t weights = support::proceduralBytes(fixture);
    const auto needs = [](const char* what, std::uint64_t wanted, std::uint64_t there) {
        return "needs " + std::to_string(wanted / kGiB) + " GiB of " + what + ", of which " +
               std::to_string(there / kGiB) + " are free";
    };
    if (weights < kLargeModel) return std::nullopt;
    const std::uint64_t disk = weights + weights / 2;
    if (const auto there = fs::space(temporary).available; there < disk) return needs("disk", disk, there);
    if (const auto there = availableMemory(); there < kMemoryOfLarge) return needs("memory", kMemoryOfLarge, there);
    return std::nullopt;
}

/// Fixtures with CLIP's own vocabulary leave it out: it comes with the program.
fs::path withVocabulary(const fs::path& model, const fs::path& temporary) {
    std::vector<std::string> bare;
    for (const char* folder : {"tokenizer", "tokenizer_2"})
        if (fs::exists(model / folder) && !fs::exists(model / folder / "vocab.json")) bare.push_back(folder);
    if (bare.empty()) return model;
    fs::path target = model;
    if (!model.string().starts_with(temporary.string())) {
        target = temporary / "with_vocabulary";
        support::copyWritable(model, target);
    }
    const auto files = ldm::TokenizerFiles::clip("<|endoftext|>");
    for (const std::string& folder : bare)
        for (const char* name : {"vocab.json", "merges.txt"})
            std::ofstream(target / folder / name, std::ios::binary) << files.texts.at(name);
    return target;
}

std::vector<std::string> checkPipelineFixture(const std::string& name, const fs::path& folder) {
    const QTemporaryDir temporary;
    const fs::path scratch = temporary.path().toStdString();
    const fs::path model = withVocabulary(support::withWeights(folder, scratch), scratch);
    const support::Reference reference = support::Reference::open(folder);
    parity::Checks checks(name, reference);
    parity::checkPipelineFixture(checks, model);
    checks.summarize();
    return checks.failures();
}

/// What differs from the reference or is not understood.
std::vector<std::string> checkFixture(const std::string& name, const fs::path& folder) {
    const std::string format = support::describedReference(folder).value("format", "");
    if (format == "sd-oracle-1") return checkPipelineFixture(name, folder);
    parity::Report report(name);
    report.section("fixture", [&] {
        if (format == "sd-oracle-sched-1")
            for (const support::Deviation& deviation : support::checkSamplers(folder)) report.add(deviation);
        else if (format == "sd-oracle-tok-1")
            parity::checkTokenizerFixture(report, folder);
        else
            throw std::runtime_error("the format \"" + format + "\" is not understood");
    });
    report.summarize();
    return report.failures();
}

/// The first of many; all are among the lines printed.
std::string listed(const std::vector<std::string>& failures) {
    constexpr std::size_t kShown = 20;
    std::string list;
    for (std::size_t i = 0; i < std::min(failures.size(), kShown); ++i) list += "\n  " + failures[i];
    if (failures.size() > kShown) list += "\n  and " + std::to_string(failures.size() - kShown) + " more";
    return list;
}

void addRows(const std::vector<support::FixtureFolder>& fixtures) {
    for (const support::FixtureFolder& fixture : fixtures)
        QTest::newRow(fixture.name.c_str()) << QString::fromStdString(fixture.path.string());
}

} // namespace

/// Each fixture prints a line per check and a summary; see tests/data/reference/README.md.
class TestParity : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void committedFixtures_data() {
        QTest::addColumn<QString>("folder");
        addRows(support::committedFixtures());
    }
    void committedFixtures() { check(); }

    void fixturesOfTheEnvironment_data() {
        QTest::addColumn<QString>("folder");
        if (!support::hasExternalFixtures()) return;
        try {
            addRows(support::externalFixtures());
        } catch (const std::exception& failure) {
            m_noFixtures = failure.what();
            QTest::newRow("root") << QString();
        }
    }
    void fixturesOfTheEnvironment() {
        if (!support::hasExternalFixtures()) QSKIP("NOISEFLOOR_REFERENCE names no folder with more fixtures");
        QVERIFY2(m_noFixtures.empty(), m_noFixtures.c_str());
        check();
    }

private:
    void check() {
        QFETCH(QString, folder);
        const at::NoGradGuard noGrad;
        const fs::path path = folder.toStdString();
        const std::string name = QTest::currentDataTag();
        if (const auto lack = lacks(path, fs::temp_directory_path())) QSKIP((name + " " + *lack).c_str());
        std::string list;
        try {
            list = listed(checkFixture(name, path));
        } catch (const std::exception& failure) {
            list = failure.what();
        }
        QVERIFY2(list.empty(), (name + " differs from its reference:" + list).c_str());
    }

    std::string m_noFixtures;
};

NOISEFLOOR_TEST(TestParity)
#include "tst_parity.moc"
