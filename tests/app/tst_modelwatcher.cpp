#include "studiowindow.h"

#include "support/testmain.h"

#include <QFile>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>

#include <filesystem>

using namespace app;
using support::kLongestMs;

namespace {

namespace fs = std::filesystem;

/// A window with a model of which every file is the test's own.
struct OwnModel : support::StudioWindow {
    fs::path model = fs::path(folder.path().toStdString()) / "model";
    fs::path weights;

    OwnModel() : StudioWindow([](session::Settings& chosen) { chosen.set(session::kAutomaticPreview, false); }) {}
    void open() {
        const ldm::Model embedded = ldm::Model::open({support::kModel.toStdString(), {}, {}, {}, {}});
        fs::copy(embedded.info().path, model, fs::copy_options::recursive);
        for (const auto& entry : fs::directory_iterator(model / "unet"))
            if (entry.path().extension() == ".safetensors") weights = entry.path();
        QVERIFY(!weights.empty());
        window.open(QString::fromStdString(model.string()));
        QTRY_VERIFY_WITH_TIMEOUT(document().hasModel() && isIdle(), kLongestMs);
    }
    /// The last bytes are cut off, as a copy over the file that is not finished leaves it.
    QByteArray cut() {
        QFile file(QString::fromStdString(weights.string()));
        [&] { QVERIFY(file.open(QIODevice::ReadWrite)); }();
        QByteArray whole = file.readAll();
        [&] { QVERIFY(file.resize(whole.size() / 2)); }();
        return whole;
    }
    void write(const QByteArray& bytes) {
        QFile file(QString::fromStdString(weights.string()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    QMessageBox* question() const {
        for (auto* box : window.findChildren<QMessageBox*>())
            if (box->isVisible()) return box;
        return nullptr;
    }
};

} // namespace

class ModelWatcherTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noJobReadsAFileThatWasCutShort() {
        OwnModel s;
        s.open();
        QSignalSpy failed(&s.studio().engine(), &jobs::Engine::failed);
        s.cut();
        s.studio().requestPreview();
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kLongestMs);
        const QString sentence = failed[0][1].value<jobs::Failure>().sentence;
        QVERIFY2(sentence.contains(QString::fromStdString(s.weights.filename().string())), qPrintable(sentence));
        QVERIFY(sentence.contains(QLatin1String("open the model again")));
    }

    void aChangedFileIsAskedAboutAndTheWorkGoesOn() {
        OwnModel s;
        s.open();
        QVERIFY(s.choose(widgets::BlockTreeModel::Weights, "int4"));
        const quant::Recipe recipe = s.document().recipe();
        const QByteArray whole = s.cut();
        QTRY_VERIFY_WITH_TIMEOUT(s.question(), kLongestMs);
        QVERIFY(s.question()->text().contains(QString::fromStdString(s.weights.string())));
        s.write(whole);
        s.question()->findChild<QPushButton*>(QStringLiteral("openAgain"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(!s.question() && s.document().hasModel() && s.isIdle(), kLongestMs);
        QVERIFY(s.document().recipe().rules == recipe.rules);
        QVERIFY(s.window.isWindowModified());
        QSignalSpy made(&s.studio().engine(), &jobs::Engine::fullPictureMade);
        s.studio().requestPreview();
        QTRY_COMPARE_WITH_TIMEOUT(made.size(), 1, kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
    }

    void anotherModelInItsPlaceIsAskedAboutAsInSessions() {
        OwnModel s;
        s.open();
        QByteArray other = s.cut();
        for (qsizetype i = other.size() / 2; i < other.size(); ++i) other[i] = char(other[i] ^ 1); // weights
        s.write(other);
        QTRY_VERIFY_WITH_TIMEOUT(s.question(), kLongestMs);
        const std::string before = s.document().model().fingerprint;
        s.question()->findChild<QPushButton*>(QStringLiteral("openAgain"))->click();
        const auto anew = [&s] {
            return s.question() ? s.question()->findChild<QPushButton*>(QStringLiteral("measureAnew")) : nullptr;
        };
        QTRY_VERIFY_WITH_TIMEOUT(anew(), kLongestMs);
        anew()->click();
        QTRY_VERIFY_WITH_TIMEOUT(s.document().hasModel() && s.isIdle(), kLongestMs);
        QVERIFY(s.document().model().fingerprint != before);
    }

    void embeddedModelsHaveNoFilesToWatch() {
        QVERIFY(jobs::FileStamps({support::kModel.toStdString(), {}, {}, {}, {}}).files().empty());
        QVERIFY(jobs::FileStamps({"/nowhere/at-all", {}, {}, {}, {}}).files().empty());
    }
};

NOISEFLOOR_TEST(ModelWatcherTest)
#include "tst_modelwatcher.moc"
