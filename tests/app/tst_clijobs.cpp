#include "program.h"

#include "ldm/damage.h"
#include "support/testmain.h"

#include <QDir>
#include <QImage>
#include <QJsonArray>
#include <QTemporaryDir>

#include <signal.h>

#include <span>

using support::contents;
using support::kBadInput;
using support::kDone;
using support::kFailed;
using support::kInterrupted;
using support::kWrongUsage;
using support::noisefloor;
using support::Run;

namespace {

/// The free cores, which are taken otherwise, differ from run to run, and with them the last digits.
const QStringList kSameThreads{"--threads", "1"};
constexpr int kManySteps = 60; ///< enough that an interrupt comes before the end

int cells(const QJsonObject& analysis, bool measured) {
    int count = 0;
    for (const QJsonValue& map : analysis.value("maps").toArray())
        for (const QJsonValue& row : map["db"].toArray())
            for (const QJsonValue& cell : row.toArray()) count += cell.isNull() != measured;
    return count;
}

QJsonObject jsonFile(const QString& file) {
    return QJsonDocument::fromJson(contents(file)).object();
}

} // namespace

/// The verbs at work on the embedded model, with few steps.
class TestCliJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aSeedMakesOnePicture();
    void aRecipeChangesThePicture();
    void anAnalysisIsWrittenAndResumed();
    void anInterruptedAnalysisKeepsWhatWasMeasuredAndResumes();
    void signalsThatComeTogetherAreOneRequest();
    void anAnalysisStoppedBeforeItsFirstCellReplacesNothing();
    void whatWasMeasuredBeforeAFailureIsKept();
    void whatWasMeasuredOnceIsRecalled();
    void everyMetricIsMeasuredForLayersToo();
    void informationIsToldInSharesAndNotInDecibels();
    void anAnalysisIsExtended();
    void anInterruptedPictureLeavesNothing();
    void aComparisonIsAFolderWithASheet();
    void picturesAreExplainedByWhatTheyAreRecognisedBy();
    void aFolderWithOtherThingsIsNeverReplaced();
    void anExportedModelCanBeOpened();
    void aCheckpointFileMakesThePictureOfItsFolder();
    void previewsAreSmallPicturesOfEveryRun();
    void aPromptThatIsTooLongIsTold();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    Run picture(const QString& name, const QStringList& more) const {
        return noisefloor(
            QStringList{"generate", "emoji-ldm", "--prompt", "frog", "--steps", "2", "--json", "--out", path(name)} +
            kSameThreads + more);
    }
    QStringList analysis(const QString& name, int steps) const {
        return {"analyze", "emoji-ldm", "--formats",
                "w8a8",    "--prompts", path("one.txt"),
                "--json",  "--steps",   QString::number(steps),
                "--out",   path(name)};
    }
    /// Runs until its progress names `stage`, then interrupts.
    static Run interruptedAfter(const QByteArray& stage, const QStringList& arguments,
                                std::initializer_list<int> sent = {SIGINT}) {
        QProcess process;
        process.start(QStringLiteral(NOISEFLOOR_PROGRAM), arguments);
        process.setReadChannel(QProcess::StandardError);
        QByteArray progress;
        while (process.waitForReadyRead(support::kLongestRunMs)) {
            progress += process.readAllStandardError();
            if (progress.contains(stage)) break;
        }
        for (const int signal : sent) ::kill(pid_t(process.processId()), signal);
        return support::finished(process);
    }
    QTemporaryDir m_folder;
};

void TestCliJobs::initTestCase() {
    QVERIFY(support::write(path("one.txt"), "frog\n"));
}

void TestCliJobs::aSeedMakesOnePicture() {
    const Run first = picture("a.png", {"--seed", "7"});
    QVERIFY2(first.exitCode == kDone, first.err);
    QCOMPARE(first.json().value("seed").toInt(), 7);
    QCOMPARE(first.json().value("recipe"), QJsonValue());
    QCOMPARE(QImage(path("a.png")).size(), QSize(64, 64));
    QCOMPARE(picture("b.png", {"--seed", "7"}).exitCode, kDone);
    QCOMPARE(picture("c.png", {"--seed", "8"}).exitCode, kDone);
    QCOMPARE(contents(path("b.png")), contents(path("a.png")));
    QVERIFY(contents(path("c.png")) != contents(path("a.png")));
}

void TestCliJobs::aRecipeChangesThePicture() {
    QCOMPARE(picture("full.png", {}).exitCode, kDone);
    const Run run = picture("w4a8.png", {"--recipe", "w4a8"});
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(run.json().value("recipe").toString(), "w4a8");
    QVERIFY(contents(path("w4a8.png")) != contents(path("full.png")));
}

void TestCliJobs::anAnalysisIsWrittenAndResumed() {
    const Run run = noisefloor(analysis("a.analysis.json", 2));
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(run.json().value("complete").toBool(), true);
    QVERIFY2(!run.err.isEmpty(), "progress goes to stderr");
    const QByteArray written = contents(path("a.analysis.json"));
    const QJsonObject result = QJsonDocument::fromJson(written).object();
    QCOMPARE(result.value("timesteps").toArray().size(), 2);
    QCOMPARE(cells(result, false), 0);
    QCOMPARE(cells(result, true), int(2 * result.value("blocks").toArray().size()));

    QCOMPARE(noisefloor(analysis("a.analysis.json", 2) + QStringList{"--resume"}).exitCode, kDone);
    QCOMPARE(contents(path("a.analysis.json")), written);
    const Run other = noisefloor(analysis("a.analysis.json", 3) + QStringList{"--resume"});
    QCOMPARE(other.exitCode, kBadInput);
    QVERIFY2(other.err.contains("a.analysis.json"), other.err);
    QCOMPARE(contents(path("a.analysis.json")), written);
}

void TestCliJobs::anInterruptedAnalysisKeepsWhatWasMeasuredAndResumes() {
    const Run run = interruptedAfter("local", analysis("stopped.analysis.json", kManySteps));
    QVERIFY2(run.exitCode == kInterrupted, run.err);
    QCOMPARE(run.json().value("error").toObject().value("kind").toString(), "interrupted");
    const QJsonObject partial = jsonFile(path("stopped.analysis.json"));
    QVERIFY(cells(partial, false) > 0);
    QVERIFY(cells(partial, true) > 0);

    const Run resumed = noisefloor(analysis("stopped.analysis.json", kManySteps) + QStringList{"--resume"});
    QVERIFY2(resumed.exitCode == kDone, resumed.err);
    QCOMPARE(cells(jsonFile(path("stopped.analysis.json")), false), 0);
}

void TestCliJobs::signalsThatComeTogetherAreOneRequest() {
    const Run run = interruptedAfter("local", analysis("twice.analysis.json", kManySteps) + QStringList{"--no-cache"},
                                     {SIGINT, SIGTERM});
    QVERIFY2(run.exitCode == kInterrupted, run.err);
    QVERIFY(cells(jsonFile(path("twice.analysis.json")), true) > 0);
}

void TestCliJobs::anAnalysisStoppedBeforeItsFirstCellReplacesNothing() {
    const QByteArray before = "the analysis of yesterday";
    QVERIFY(support::write(path("kept.analysis.json"), before));
    const Run run = interruptedAfter("", analysis("kept.analysis.json", kManySteps) + QStringList{"--no-cache"});
    QVERIFY2(run.exitCode == kInterrupted, run.err);
    QCOMPARE(contents(path("kept.analysis.json")), before);
}

void TestCliJobs::whatWasMeasuredBeforeAFailureIsKept() {
    const std::filesystem::path model = path("overflowing").toStdString();
    std::filesystem::copy(NOISEFLOOR_TEST_DATA "/reference/sd1_tiny", model, std::filesystem::copy_options::recursive);
    std::vector<float> values;
    support::rewriting("unet/diffusion_pytorch_model.safetensors", [&](std::vector<ldm::TensorToWrite>& tensors) {
        ldm::TensorToWrite& last = support::named(tensors, "conv_out.weight");
        values.assign(last.data.size() / sizeof(float), 3e38F);
        last.data = std::as_bytes(std::span(values));
    })(model);
    const Run run = noisefloor({"analyze", path("overflowing"), "--metrics", "weights,local", "--steps", "1",
                                "--prompts", path("one.txt"), "--no-cache", "--out", path("overflow.analysis.json")});
    QCOMPARE(run.exitCode, kFailed);
    QCOMPARE(run.sentences().size(), 1);
    QVERIFY2(run.err.contains("not finite") && run.err.contains("measured before that is in"), run.err);
    const QJsonObject partial = jsonFile(path("overflow.analysis.json"));
    QVERIFY(cells(partial, true) > 0);
    QVERIFY(cells(partial, false) > 0);
}

void TestCliJobs::whatWasMeasuredOnceIsRecalled() {
    const QStringList seed{"--seed", "77"};
    QCOMPARE(noisefloor(analysis("first.analysis.json", 2) + seed).exitCode, kDone);
    const Run again = noisefloor(analysis("again.analysis.json", 2) + seed);
    QCOMPARE(again.exitCode, kDone);
    QCOMPARE(contents(path("again.analysis.json")), contents(path("first.analysis.json")));
    QVERIFY2(!again.err.contains("trajectory"), again.err); // nothing was run
    const Run anew = noisefloor(analysis("anew.analysis.json", 2) + seed + QStringList{"--no-cache"});
    QCOMPARE(anew.exitCode, kDone);
    QVERIFY2(anew.err.contains("trajectory"), anew.err);
}

void TestCliJobs::everyMetricIsMeasuredForLayersToo() {
    const Run run = noisefloor(analysis("layers.analysis.json", 1) +
                               QStringList{"--level", "layer", "--metrics", "weights,local,accumulated"});
    QVERIFY2(run.exitCode == kDone, run.err);
    const QJsonObject result = jsonFile(path("layers.analysis.json"));
    QCOMPARE(run.json().value("level").toString(), "layer");
    QCOMPARE(run.json().value("complete").toBool(), true);
    const QJsonArray rows = result.value("blocks").toArray();
    QVERIFY(rows.size() > 50);
    QCOMPARE(cells(result, true), int(5 * rows.size())); // three maps and the further floor; one step
    QCOMPARE(result.value("activations").toObject().value("layers").toArray().size(), rows.size());
    const QJsonArray sensitive = run.json().value("timeSensitive").toArray();
    QVERIFY(!sensitive.isEmpty());
    for (const QJsonValue& layer : sensitive) QVERIFY(layer["ratio"].toDouble() >= 1);
}

void TestCliJobs::informationIsToldInSharesAndNotInDecibels() {
    const QStringList tiny{"analyze",
                           NOISEFLOOR_TEST_DATA "/reference/sd1_tiny",
                           "--formats",
                           "w8a8",
                           "--steps",
                           "1",
                           "--no-cache",
                           "--metrics",
                           "information",
                           "--out",
                           path("shares.analysis.json")};
    const Run run = noisefloor(tiny);
    QVERIFY2(run.exitCode == kDone, run.err);
    QVERIFY2(run.out.contains("information as the share kept") && run.out.contains("unknown"), run.out);
    const QJsonObject map = jsonFile(path("shares.analysis.json")).value("maps")[0].toObject();
    QVERIFY(!map.contains("db"));
    const QJsonArray shares = map.value("share").toArray();
    const QJsonArray spreads = map.value("spread").toArray();
    QCOMPARE(shares[0][0].toString(), "unknown"); // the time embedding has one position for each prompt
    QVERIFY(shares.last()[0].toDouble() > 0.8 && spreads.last()[0].toDouble(-1) >= 0);
    const Run again = noisefloor(tiny + QStringList{"--resume", "--json"}); // unknown is no gap to be filled
    QCOMPARE(again.json().value("complete").toBool(), true);
    QVERIFY2(!again.err.contains("information w8a8"), again.err);
    const Run search = noisefloor({"search", NOISEFLOOR_TEST_DATA "/reference/sd1_tiny", "--analysis",
                                   path("shares.analysis.json"), "--max-bits", "8", "--out", path("no.recipe.json")});
    QCOMPARE(search.exitCode, kBadInput); // shares are nothing to search by
    QVERIFY2(search.sentences().size() == 1, search.err);
}

void TestCliJobs::anAnalysisIsExtended() {
    const QStringList seed{"--seed", "78"};
    QCOMPARE(noisefloor(analysis("more.analysis.json", 2) + seed).exitCode, kDone);
    const QStringList more{"--resume", "--metrics", "weights", "--formats", "w4a8"};
    const Run run = noisefloor(QStringList{"analyze", "emoji-ldm", "--prompts", path("one.txt"), "--json", "--steps",
                                           "2", "--out", path("more.analysis.json")} +
                               seed + more);
    QVERIFY2(run.exitCode == kDone, run.err);
    QCOMPARE(run.json().value("maps").toArray().size(), 2);
    const QJsonObject extended = jsonFile(path("more.analysis.json"));
    QCOMPARE(extended.value("settings").toObject().value("metrics").toArray(), QJsonArray({"local", "weights"}));
    QCOMPARE(extended.value("settings").toObject().value("formats").toArray(), QJsonArray({"w8a8", "w4a8"}));
    QCOMPARE(cells(extended, false), 0);
}

void TestCliJobs::anInterruptedPictureLeavesNothing() {
    const QStringList before = QDir(m_folder.path()).entryList(QDir::AllEntries | QDir::Hidden);
    QProcess process;
    process.start(QStringLiteral(NOISEFLOOR_PROGRAM),
                  {"generate", "emoji-ldm", "--prompt", "frog", "--steps", "500", "--out", path("never.png")});
    process.setReadChannel(QProcess::StandardError);
    QVERIFY(process.waitForReadyRead(support::kLongestRunMs));
    process.terminate();
    QCOMPARE(support::finished(process).exitCode, kInterrupted);
    QCOMPARE(QDir(m_folder.path()).entryList(QDir::AllEntries | QDir::Hidden), before);
}

void TestCliJobs::aComparisonIsAFolderWithASheet() {
    const QStringList arguments{"compare", "emoji-ldm", "--recipe",      "w8a8",    "--recipe",
                                "fp16",    "--prompts", path("one.txt"), "--steps", "2",
                                "--json",  "--out",     path("sheet/")};
    const Run run = noisefloor(arguments);
    QVERIFY2(run.exitCode == kDone, run.err);
    QVERIFY(!QImage(path("sheet/sheet.png")).isNull());
    const QJsonObject metrics = jsonFile(path("sheet/metrics.json"));
    QCOMPARE(run.json().value("metrics").toObject(), metrics);
    QCOMPARE(metrics.value("mean").toArray().size(), 2);
    const QJsonObject quantized = metrics.value("mean").toArray().first().toObject();
    QVERIFY(quantized.value("perceptual").toDouble() > 0);
    QVERIFY(quantized.value("frechet").isNull()); // one picture has no spread
    QCOMPARE(quantized.value("agreement").toObject().value("pictures").toInt(), 1);
    QCOMPARE(metrics.value("full").toObject().value("agreement").toObject().value("pictures").toInt(), 1);
    const QJsonObject picture = metrics.value("pictures").toArray().first().toObject();
    QVERIFY(!picture.value("full_class").toObject().value("name").toString().isEmpty());
    const QJsonObject seen = picture.value("quantized").toArray().first().toObject();
    QVERIFY(seen.value("class").toObject().value("probability").toDouble() > 0);
    const double drift = seen.value("salience").toObject().value("drift").toDouble(-1);
    QVERIFY(drift >= 0 && drift <= 1);
    QCOMPARE(quantized.value("salience").toObject().value("drift").toDouble(), drift); // of one picture

    const QByteArray sheet = contents(path("sheet/sheet.png"));
    QCOMPARE(noisefloor(arguments).exitCode, kFailed);
    QCOMPARE(contents(path("sheet/sheet.png")), sheet);
    QStringList forPeople = arguments + QStringList{"--overwrite"};
    forPeople.removeOne("--json");
    const Run told = noisefloor(forPeople);
    QVERIFY2(told.exitCode == kDone, told.err);
    for (const char* part :
         {"perceptual", "Frechet", "prompt agreement", "full precision", "seen as", "drift", "same class"})
        QVERIFY2(told.out.contains(part), part);
}

void TestCliJobs::picturesAreExplainedByWhatTheyAreRecognisedBy() {
    QImage picture(64, 64, QImage::Format_RGB32);
    picture.fill(Qt::white);
    for (int i = 20; i < 40; ++i)
        for (int j = 20; j < 40; ++j) picture.setPixelColor(i, j, Qt::red);
    QVERIFY(picture.save(path("red square.png")));
    const QStringList arguments{"salience", path("red square.png"), "--out", path("maps"), "--json"};
    const Run run = noisefloor(arguments);
    QVERIFY2(run.exitCode == kDone, run.err);
    const QJsonObject told = run.json().value("pictures").toArray().first().toObject();
    QVERIFY(!told.value("class").toString().isEmpty());
    QVERIFY(told.value("probability").toDouble() > 0);
    const QImage map(path("maps/") + told.value("map").toString());
    QCOMPARE(map.size(), picture.size());
    QCOMPARE(map.pixelColor(1, 1), QColor(Qt::black)); // as its edge is
    QCOMPARE(noisefloor(arguments).exitCode, kFailed); // never replaced unasked

    const QString named = told.value("class").toString();
    const Run asked = noisefloor({"salience", path("red square.png"), "--class", named, "--method", "grad-cam"});
    QVERIFY2(asked.exitCode == kDone && asked.out.contains(named.toUtf8()), asked.err);
    const Run unknown = noisefloor({"salience", path("red square.png"), "--class", "no such thing"});
    QVERIFY(unknown.exitCode == kBadInput && unknown.err.contains("no such thing"));
    QCOMPARE(noisefloor({"salience", path("nothing.png")}).exitCode, kBadInput);
    QCOMPARE(noisefloor({"salience", path("red square.png"), "--blur", "4"}).exitCode, kBadInput);
    QCOMPARE(noisefloor({"salience", path("red square.png"), "--side", "4"}).exitCode, kWrongUsage);
    const Run own = noisefloor({"salience", path("red square.png"), "--classifier", path("red square.png")});
    QVERIFY2(own.exitCode == kBadInput && own.err.contains("TorchScript"), own.err);
}

void TestCliJobs::aFolderWithOtherThingsIsNeverReplaced() {
    QVERIFY(QDir(m_folder.path()).mkdir("documents"));
    QVERIFY(support::write(path("documents/letter.txt"), "dear"));
    const QStringList target{"--overwrite", "--out", path("documents")};
    const QStringList comparison{"compare", "emoji-ldm", "--recipe", "w8", "--prompts", path("one.txt")};
    const QStringList baked{"export", "emoji-ldm", "--recipe", "w8", "--format", "diffusers"};
    for (const QStringList& verb : {comparison, baked}) {
        const Run run = noisefloor(verb + target);
        QVERIFY2(run.exitCode == kFailed, run.err);
        QVERIFY2(run.err.contains("documents"), run.err);
        QCOMPARE(contents(path("documents/letter.txt")), QByteArray("dear"));
    }
}

void TestCliJobs::anExportedModelCanBeOpened() {
    const Run run = noisefloor(
        {"export", "emoji-ldm", "--recipe", "w8a8", "--format", "diffusers", "--json", "--out", path("exported")});
    QVERIFY2(run.exitCode == kDone, run.err);
    const int baked = run.json().value("bakedLayers").toInt(); // a folder of floats holds no integers
    QVERIFY(baked > 0 && baked <= run.json().value("floatLayers").toInt());
    QCOMPARE(run.json().value("exactLayers").toInt() + run.json().value("requantizedLayers").toInt(), 0);
    const QJsonObject original = noisefloor({"inspect", "emoji-ldm", "--json"}).json();
    const QJsonObject exported = noisefloor({"inspect", path("exported"), "--json"}).json();
    QVERIFY(!exported.isEmpty());
    QCOMPARE(exported.value("blocks"), original.value("blocks"));
    QVERIFY(exported.value("fingerprint") != original.value("fingerprint"));
}

void TestCliJobs::aCheckpointFileMakesThePictureOfItsFolder() {
    const QString folder = path("half"), file = path("half.safetensors");
    for (const auto& [format, target] : {std::pair("diffusers", folder), std::pair("checkpoint", file)})
        QCOMPARE(noisefloor({"export", "emoji-ldm", "--recipe", "fp16", "--format", format, "--out", target}).exitCode,
                 kDone);
    const QJsonObject opened = noisefloor({"inspect", file, "--json"}).json();
    QCOMPARE(opened.value("container").toString(), "single-file checkpoint");
    QCOMPARE(opened.value("parts").toArray().size(), 3);
    const auto drawn = [this](const QString& model, const QString& name) {
        const Run run = noisefloor(
            {"generate", model, "--prompt", "frog", "--steps", "2", "--scheduler", "euler_a", "--out", path(name)});
        return run.exitCode == kDone ? contents(path(name)) : QByteArray();
    };
    const QByteArray picture = drawn(folder, "folder.png");
    QVERIFY(!picture.isEmpty());
    QCOMPARE(drawn(file, "file.png"), picture);
}

void TestCliJobs::previewsAreSmallPicturesOfEveryRun() {
    QDir(m_folder.path()).mkdir("previews");
    QCOMPARE(picture("grown.png", {"--previews", path("previews")}).exitCode, kDone);
    const QStringList files = QDir(path("previews")).entryList(QDir::Files);
    QCOMPARE(files, QStringList({"run-001.png", "run-002.png"}));
    const QImage whole(path("grown.png"));
    for (const QString& file : files) {
        const QImage preview(path("previews/" + file));
        QVERIFY(!preview.isNull() && preview.width() < whole.width());
        QCOMPARE(whole.width() % preview.width(), 0);
    }
    QCOMPARE(picture("none.png", {"--previews", path("no-such-folder")}).exitCode, kFailed);
}

void TestCliJobs::aPromptThatIsTooLongIsTold() {
    const QString words = QString("frog ").repeated(200);
    const Run run = noisefloor({"generate", "emoji-ldm", "--prompt", words, "--steps", "1", "--out", path("long.png")});
    QCOMPARE(run.exitCode, kDone);
    QCOMPARE(run.sentences().size(), 1);
    QVERIFY2(run.err.contains("warning") && run.err.contains("200"), run.err);
}

NOISEFLOOR_TEST(TestCliJobs)
#include "tst_clijobs.moc"
