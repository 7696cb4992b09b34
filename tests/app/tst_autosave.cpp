#include "ldm/filesizelimit.h"
#include "support/testmain.h"

#include <app/windows/mainwindow.h>

#include <ldm/files.h>

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace app;
using session::Autosave;
using session::RecoverySlot;

namespace {

constexpr int kLongestMs = 240'000; ///< for real work under a sanitizer on a slow machine; never waited for otherwise
const QString kModel = QStringLiteral("emoji-ldm");
const QString kBlock = QStringLiteral("unet.mid_block");

struct Work {
    QTemporaryDir folder;
    QString copies = folder.filePath(QStringLiteral("recovery"));
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    windows::MainWindow window{(settings.set(session::kAnalysisSteps, 2), settings.set(session::kAskToSave, false),
                                settings.set(session::kAutomaticPreview, false), settings)};
    std::optional<Autosave> autosave;

    Work() {
        qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
        window.show();
        autosave.emplace(session(), copies);
    }
    session::SessionDocument& session() { return window.files().sessions().document(); }
    session::StudioDocument& document() { return window.studio().document(); }
    void edit(quant::WeightFormat weights) {
        QVERIFY(document().setBlockFormat({{kBlock.toStdString()}, weights, std::nullopt}));
    }
    QString copy() const {
        const QStringList files = QDir(copies).entryList({QStringLiteral("*.noisefloor")}, QDir::Files);
        return files.isEmpty() ? QString() : QDir(copies).filePath(files.constFirst());
    }
    /// The recipe that would be recovered now.
    std::optional<quant::Recipe> kept() const {
        const auto loaded = jobs::guarded([file = copy()] { return session::loadSession(file); });
        return loaded ? std::optional(loaded.value().recipe) : std::nullopt;
    }
    bool isKept() { return kept() == document().recipe(); }
};

} // namespace

class AutosaveTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void workIsKeptWhileItChangesAndForgottenAtARegularEnd() {
        QVERIFY(Autosave::kDelayMs < 10'000);
        Work work;
        work.window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(work.document().hasModel(), kLongestMs);
        work.edit(quant::WeightFormat::Int4);
        QTRY_VERIFY_WITH_TIMEOUT(work.isKept(), kLongestMs);
        work.edit(quant::WeightFormat::Fp16);
        QTRY_VERIFY_WITH_TIMEOUT(work.isKept(), kLongestMs);
        QCOMPARE(RecoverySlot::abandoned(work.copies).size(), std::size_t(0)); // its program is alive
        work.autosave.reset();
        QVERIFY(QDir(work.copies).isEmpty());
    }

    void savingNeedsNoCopyAndClosingTheModelNeither() {
        Work work;
        work.window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(work.document().hasModel(), kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(!work.window.studio().engine().isBusy(), kLongestMs);
        work.edit(quant::WeightFormat::Int4);
        QTRY_VERIFY_WITH_TIMEOUT(work.isKept(), kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(!work.window.studio().engine().isBusy(), kLongestMs); // nothing more will change
        bool isSaved = false;
        work.session().save(work.folder.filePath(QStringLiteral("s.noisefloor")),
                            [&isSaved](const auto& result) { isSaved = bool(result); });
        QTRY_VERIFY_WITH_TIMEOUT(isSaved, kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(work.copy().isEmpty(), kLongestMs);
        work.edit(quant::WeightFormat::Fp16);
        QTRY_VERIFY_WITH_TIMEOUT(work.isKept(), kLongestMs);
        QCOMPARE(session::loadSession(work.copy()).savedAs, work.session().file());
        work.window.command(QStringLiteral("file.newSession"))->trigger();
        QVERIFY(!work.document().hasModel());
        QTRY_VERIFY_WITH_TIMEOUT(work.copy().isEmpty(), kLongestMs);
    }

    void instancesKeepTheirCopiesApart() {
        const QTemporaryDir folder;
        const RecoverySlot one = RecoverySlot::fresh(folder.path());
        const RecoverySlot other = RecoverySlot::fresh(folder.path());
        QVERIFY(one.file() != other.file());
        for (const RecoverySlot* slot : {&one, &other}) ldm::writeTextFile(slot->file().toStdString(), "work");
        QCOMPARE(RecoverySlot::abandoned(folder.path()).size(), std::size_t(0));
    }

    void aCopyLeftBehindIsOfferedToOneInstanceOnly() {
        const QTemporaryDir folder;
        QString file;
        {
            const RecoverySlot slot = RecoverySlot::fresh(folder.path());
            file = slot.file();
            ldm::writeTextFile(file.toStdString(), "work");
        } // as if its program had ended: the lock is free, the copy is there
        std::vector<RecoverySlot> found = RecoverySlot::abandoned(folder.path());
        QCOMPARE(found.size(), std::size_t(1));
        QCOMPARE(found[0].file(), file);
        QCOMPARE(RecoverySlot::abandoned(folder.path()).size(), std::size_t(0));
        found.clear(); // decided later
        found = RecoverySlot::abandoned(folder.path());
        QCOMPARE(found.size(), std::size_t(1));
        found[0].removeCopy();
        found.clear();
        QVERIFY(QDir(folder.path()).isEmpty());
    }

    void aFullDiskIsToldOnceAndTheLastCopyStays() {
        Work work;
        const QSignalSpy failed(&*work.autosave, &Autosave::failed);
        const QSignalSpy works(&*work.autosave, &Autosave::worksAgain);
        work.window.files().offerRecovery(*work.autosave);
        work.window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(work.document().hasModel(), kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(!work.window.studio().engine().isBusy(), kLongestMs);
        work.edit(quant::WeightFormat::Int4);
        QTRY_VERIFY_WITH_TIMEOUT(work.isKept(), kLongestMs);
        const std::optional<quant::Recipe> before = work.kept();
        {
            const support::FileSizeLimit full(1000);
            work.edit(quant::WeightFormat::Fp16);
            QTRY_VERIFY_WITH_TIMEOUT(!failed.isEmpty(), kLongestMs);
            QCOMPARE(work.kept(), before);
            QVERIFY(work.window.messageBar()->showsFailure());
            QVERIFY2(work.window.messageBar()->text().contains(work.copies),
                     qPrintable(work.window.messageBar()->text()));
        }
        QTRY_VERIFY_WITH_TIMEOUT(work.isKept(), kLongestMs); // tried again by itself
        QCOMPARE(failed.size(), 1);
        QTRY_COMPARE(works.size(), 1);
    }

    void aPlaceThatCannotBeWrittenIsTold() {
        Work work;
        work.autosave.reset();
        ldm::writeTextFile(work.copies.toStdString(), "a file where the folder should be");
        work.autosave.emplace(work.session(), work.copies);
        const QSignalSpy failed(&*work.autosave, &Autosave::failed);
        work.window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(!failed.isEmpty(), kLongestMs);
        const auto failure = failed.constFirst().constFirst().value<jobs::Failure>();
        QVERIFY2(failure.sentence.contains(work.copies), qPrintable(failure.sentence));
        QVERIFY(work.document().hasModel()); // and the work goes on
    }
};

NOISEFLOOR_TEST(AutosaveTest)
#include "tst_autosave.moc"
