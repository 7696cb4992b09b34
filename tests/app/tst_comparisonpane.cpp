#include "app/studiowindow.h"
#include "support/testmain.h"

#include <app/models/picturetexts.h>
#include <app/windows/reportfile.h>

#include <widgets/salienceoverlay.h>

#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QToolButton>

#include <cmath>

using namespace app;
using support::kLongestMs;
using widgets::ComparisonMode;

namespace {

constexpr int kSteps = 4;
constexpr int kManySteps = 500; ///< more than anybody waits for

/// A window with the small embedded model, maps measured; pictures are made when they are asked for.
struct Studio : support::StudioWindow {
    jobs::Engine& engine() { return studio().engine(); }
    windows::ComparisonPane& pane() { return *window.comparisonPane(); }
    windows::GridPane& gridPane() { return *window.gridPane(); }
    widgets::FilmStrip& strip() { return *pane().filmStrip(); }

    void open() {
        settings.set(session::kAutomaticPreview, false);
        QVERIFY(openModel());
        setSteps(kSteps);
    }
    void setSteps(int steps) {
        ldm::GenerateSettings sampling = studio().sampling();
        sampling.steps = steps;
        studio().setSampling(sampling);
    }
    void makePictures() {
        studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(isIdle(), kLongestMs);
    }
    void setWeights(const char* format) { QVERIFY(choose(widgets::BlockTreeModel::Weights, format)); }
};

QString reportIn(Studio& s) {
    return report::toHtml(windows::presentReport(s.window), report::Medium::Browser);
}

int candidatesIn(const widgets::FilmStrip& strip) {
    int count = 0;
    const QList<widgets::FilmFrame>& frames = strip.frames();
    for (const widgets::FilmFrame& frame : frames) count += !frame.candidate.isNull();
    return count;
}

} // namespace

class ComparisonPaneTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyStepOfBothPicturesIsInTheStrip() {
        Studio s;
        s.open();
        s.makePictures();
        QCOMPARE(s.strip().frames().size(), kSteps + 1); // and the pictures
        for (int i = 0; i < kSteps; ++i) {
            const widgets::FilmFrame& frame = s.strip().frames()[i];
            QVERIFY(!frame.reference.isNull() && frame.reference.size() == frame.candidate.size());
            QVERIFY2(std::isfinite(frame.db) && frame.db > 0, qPrintable(QString::number(frame.db)));
        }
        QCOMPARE(s.strip().frames().last().reference, s.pictures().reference());
        QCOMPARE(s.strip().currentIndex().row(), kSteps);

        // A step that is chosen is shown as a pair, the last entry is the picture again.
        const QString metrics = s.pane().metrics();
        s.strip().setFocus();
        QTest::keyClick(&s.strip(), Qt::Key_Home);
        QCOMPARE(s.pictures().candidate(), s.strip().frames().first().candidate);
        QCOMPARE(s.pane().metrics(), widgets::apartText(s.strip().frames().first().db));
        QTest::keyClick(&s.strip(), Qt::Key_End);
        QCOMPARE(s.pictures().candidate(), s.strip().frames().last().candidate);
        QCOMPARE(s.pane().metrics(), metrics);
    }

    void anEditMakesTheQuantizedPictureAloneAnew() {
        Studio s;
        s.open();
        s.makePictures();
        const QImage full = s.pictures().reference();
        const QImage quantized = s.pictures().candidate();
        s.settings.set(session::kAutomaticPreview, true);
        s.setWeights("int4");
        QCOMPARE(s.pictures().reference(), full); // at once, and not dimmed
        QVERIFY(!s.pictures().referencePane()->isBusy());
        QVERIFY(s.pictures().candidatePane()->isStale());
        QCOMPARE(candidatesIn(s.strip()), 0);
        QTRY_VERIFY_WITH_TIMEOUT(!s.engine().isBusy(jobs::JobKind::Preview), kLongestMs);
        QCOMPARE(s.pictures().reference(), full);
        QVERIFY(s.pictures().candidate() != quantized);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
    }

    void anEditWhileFullPrecisionIsMadeTakesThePlaceOfTheRecipe() {
        Studio s;
        s.open();
        QSignalSpy full(&s.engine(), &jobs::Engine::fullPictureMade);
        QSignalSpy quantized(&s.engine(), &jobs::Engine::quantizedPictureMade);
        QSignalSpy fullSteps(&s.engine(), &jobs::Engine::fullPreviewed);
        s.setSteps(20);
        s.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(!fullSteps.isEmpty(), kLongestMs);
        QVERIFY(full.isEmpty());
        s.setWeights("int4");
        s.studio().requestPreview();
        s.setWeights("int8");
        s.setWeights("int4");
        s.studio().requestPreview();
        QTRY_COMPARE_WITH_TIMEOUT(quantized.size(), 1, kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(full.size(), 1);
        QCOMPARE(fullSteps.size(), 20); // none was made twice
        const QList<widgets::FilmFrame>& frames = s.strip().frames();
        QCOMPARE(frames.size(), 21);
        for (const widgets::FilmFrame& frame : frames) QVERIFY(!frame.reference.isNull() && !frame.candidate.isNull());
        QVERIFY(quantized[0][0].value<jobs::QuantizedPicture>().recipe == s.document().recipe());
    }

    void aNewerRequestLeavesTheRunningPictureBetweenLayers() {
        Studio s;
        s.open();
        s.makePictures();
        s.setSteps(kManySteps);
        QSignalSpy made(&s.engine(), &jobs::Engine::fullPictureMade);
        QSignalSpy steps(&s.engine(), &jobs::Engine::fullPreviewed);
        s.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(steps.size() >= 2, kLongestMs);
        s.setSteps(kSteps); // the longer one would take minutes
        QElapsedTimer timer;
        timer.start();
        steps.clear();
        s.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(!steps.isEmpty(), kLongestMs);
        qInfo("first step of the new picture after %lld ms", timer.elapsed());
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(made.size(), 1);
        QCOMPARE(made[0][1].value<ldm::GenerateSettings>().steps, kSteps);
        QCOMPARE(s.strip().frames().size(), kSteps + 1); // no step of the stale one is left
    }

    void compareNowShowsTheLastStepThatBothHave() {
        Studio s;
        s.open();
        s.setSteps(40);
        QSignalSpy steps(&s.engine(), &jobs::Engine::quantizedPreviewed);
        QSignalSpy made(&s.engine(), &jobs::Engine::quantizedPictureMade);
        s.studio().requestPreview();
        auto* button = s.child<QPushButton>("compareNow");
        QVERIFY(button->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(steps.size() >= 2, kLongestMs);
        button->click();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(made.isEmpty());
        QVERIFY(!button->isEnabled());
        const int last = candidatesIn(s.strip()) - 1;
        QVERIFY(last >= 1 && last < 39);
        QCOMPARE(s.strip().currentIndex().row(), last);
        QCOMPARE(s.pictures().reference(), s.strip().frames()[last].reference);
        QCOMPARE(s.pictures().candidate(), s.strip().frames()[last].candidate);
        QVERIFY(!s.pictures().candidatePane()->isBusy());
        QCOMPARE(s.pane().metrics(), widgets::apartText(s.strip().frames()[last].db));
    }

    void afterThisPictureKeepsWhatWasFinished() {
        Studio s;
        s.open();
        QSignalSpy steps(&s.engine(), &jobs::Engine::fullPreviewed);
        QSignalSpy full(&s.engine(), &jobs::Engine::fullPictureMade);
        QSignalSpy quantized(&s.engine(), &jobs::Engine::quantizedPictureMade);
        s.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(!steps.isEmpty(), kLongestMs);
        s.child<QPushButton>("afterPicture")->click();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(full.size(), 1);
        QVERIFY(quantized.isEmpty());
        QCOMPARE(s.pictures().reference().width(), s.document().model().defaultWidth);
        QVERIFY(s.pictures().candidate().isNull());
        s.makePictures(); // goes on from the picture that is kept
        QCOMPARE(full.size(), 2);
        QCOMPARE(quantized.size(), 1);
        QVERIFY(!s.pictures().candidate().isNull());
    }

    void aStoppedPictureOfOtherSettingsIsNotComparedWithTheOldOne() {
        Studio s;
        s.open();
        s.makePictures();
        QSignalSpy steps(&s.engine(), &jobs::Engine::fullPreviewed);
        s.setSteps(kManySteps);
        s.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(!steps.isEmpty(), kLongestMs);
        s.run("run.stop");
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(s.pictures().candidate().isNull());
        QCOMPARE(s.pane().metrics(), QString());
        QVERIFY(!s.pictures().referencePane()->isBusy() && !s.pictures().candidatePane()->isBusy());
    }

    void aRandomSeedIsTakenAndShown() {
        Studio s;
        s.open();
        const std::uint64_t before = s.studio().sampling().seed;
        s.child<QToolButton>("randomSeed")->click();
        QVERIFY(s.studio().sampling().seed != before);
        QCOMPARE(s.child<windows::SeedBox>("seed")->value(), s.studio().sampling().seed);
    }

    void commandsChangeTheLookAndCopyThePicture() {
        Studio s;
        s.open();
        s.makePictures();
        s.run("pictures.difference");
        QCOMPARE(s.pictures().look().mode, ComparisonMode::Difference);
        s.run("pictures.copy");
        QCOMPARE(QApplication::clipboard()->image().convertToFormat(QImage::Format_RGB32),
                 s.pictures().mergedPane()->image());
        s.run("pictures.leftRight");
        s.run("pictures.actualSize");
        QCOMPARE(s.pictures().mergedPane()->zoom(), 1.0);
        s.run("pictures.fit");
        QVERIFY(s.pictures().mergedPane()->zoom() != 1.0);
        s.run("pictures.blink");
        QVERIFY(s.pictures().look().blinking);
        s.run("pictures.blink");
        s.run("pictures.steps");
        QVERIFY(!s.strip().isVisible());
    }

    void theLookIsPartOfTheSession() {
        Studio s;
        widgets::ComparisonLook look = s.pictures().look();
        look.mode = ComparisonMode::AboveBelow;
        look.difference = {widgets::DifferenceKind::Absolute, 32, 4};
        look.split = 0.3;
        look.salience = true;
        s.pane().view()->setLook(look);
        s.pane().setShowsSteps(false);
        const QJsonObject state = s.pane().viewState();
        Studio other;
        other.pane().setViewState(state);
        QVERIFY(other.pictures().look() == look);
        QVERIFY(!other.pane().showsSteps());
        other.pane().setViewState({{"mode", 99}, {"gain", "much"}, {"split", -3}, {"tolerance", 1e9}});
        QCOMPARE(other.pictures().look().mode, ComparisonMode::SideBySide);
        QCOMPARE(other.pictures().look().split, 0.5);
        QCOMPARE(other.pictures().look().difference.tolerance, 255);
    }

    void whatBothPicturesAreRecognisedByIsShown() {
        Studio s;
        s.open();
        s.makePictures();
        QVERIFY2(s.pane().shown().fullCaption.endsWith(QLatin1String(" %)")), qPrintable(s.pane().shown().fullCaption));
        QVERIFY(s.pane().shown().quantizedCaption.endsWith(QLatin1String(" %)")));
        QVERIFY(s.pane().metrics().contains(QLatin1String("salience drift")));
        s.run("pictures.salience");
        QCOMPARE(s.pictures().referencePane()->image(),
                 widgets::withSalience(s.pictures().reference(), s.pane().shown().fullSalience));
        QVERIFY(s.pictures().referencePane()->image() != s.pictures().reference());
        QVERIFY(s.pictures().candidatePane()->image() != s.pictures().candidate());
        s.strip().setFocus();
        QTest::keyClick(&s.strip(), Qt::Key_Home); // a step is not recognised
        QCOMPARE(s.pictures().referencePane()->image(), s.pictures().reference());
        QVERIFY(!s.pane().shown().fullCaption.contains(QLatin1Char('%')));
        s.run("pictures.salience");
    }

    void aGridOfPromptsAndRecipesIsMadeChosenAndExported() {
        Studio s;
        s.open();
        s.setWeights("int4");
        s.run("precision.keep");
        s.run("precision.clear");
        s.run("pictures.grid");
        s.gridPane().setPrompts({QStringLiteral("a red apple"), QStringLiteral("a cat")});
        s.child<QPushButton>("gridMake")->click();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        widgets::PictureGrid& grid = *s.gridPane().grid();
        QCOMPARE(grid.rowCount(), 2);
        QCOMPARE(grid.columnCount(), 3);
        for (int row = 0; row < 2; ++row)
            for (int column = 0; column < 3; ++column) QVERIFY(!grid.picture(row, column).isNull());
        for (const QLatin1String measure : {QLatin1String("PSNR"), QLatin1String("SSIM"), QLatin1String("perceptual")})
            QVERIFY(grid.text(1, 2).contains(measure));

        grid.setCurrentCell(1, 2);
        QCOMPARE(s.pictures().reference(), grid.picture(1, 0));
        QCOMPARE(s.pictures().candidate(), grid.picture(1, 2));
        QVERIFY(s.pane().metrics().contains(QLatin1String("PSNR")));
        QVERIFY(!s.pane().shown().fullSalience.isNull() && !s.pane().shown().quantizedSalience.isNull());
        QTest::keyClick(s.pictures().candidatePane(), Qt::Key_1);
        QCOMPARE(s.pictures().candidate(), grid.picture(1, 1));

        QSignalSpy exported(&s.engine(), &jobs::Engine::gridExported);
        s.engine().exportGrid(s.path("sheet"), false);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(exported.size(), 1);
        QCOMPARE(exported[0][1].toInt(), 2);
        for (const char* name : {"sheet/sheet.png", "sheet/metrics.csv", "sheet/metrics.json", "sheet/2-recipe2.png"})
            QVERIFY2(QFileInfo::exists(s.path(name)), name);
        QCOMPARE(QImage(s.path("sheet/2-recipe2.png")).convertToFormat(QImage::Format_RGB32),
                 grid.picture(1, 2).convertToFormat(QImage::Format_RGB32));
    }

    void aStoppedGridKeepsItsFinishedPictures() {
        Studio s;
        s.open();
        s.gridPane().setPrompts({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("d")});
        QSignalSpy made(&s.engine(), &jobs::Engine::gridPictureMade);
        s.run("pictures.makeGrid");
        QTRY_VERIFY_WITH_TIMEOUT(made.size() >= 2, kLongestMs);
        s.run("pictures.afterPicture");
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(made.size() < 8);
        int shown = 0;
        for (int row = 0; row < 4; ++row)
            for (int column = 0; column < 2; ++column) shown += !s.gridPane().grid()->picture(row, column).isNull();
        QCOMPARE(shown, int(made.size()));
        QVERIFY(s.child<QPushButton>("gridExport")->isEnabled());
    }

    void aGridLetsAPreviewPassAndGoesOn() {
        Studio s;
        s.open();
        s.gridPane().setPrompts({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
        QSignalSpy made(&s.engine(), &jobs::Engine::gridPictureMade);
        QSignalSpy preview(&s.engine(), &jobs::Engine::quantizedPictureMade);
        s.run("pictures.makeGrid");
        QTRY_VERIFY_WITH_TIMEOUT(!made.isEmpty(), kLongestMs);
        s.run("pictures.export"); // is told to wait, and disturbs nothing
        QVERIFY(s.window.messageBar()->isVisible());
        s.studio().requestPreview();
        QTRY_COMPARE_WITH_TIMEOUT(preview.size(), 1, kLongestMs);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QCOMPARE(made.size(), 6); // each once
    }

    void theReportSaysWhatItsPicturesWereMadeWith() {
        Studio s;
        s.open();
        s.makePictures();
        const QString prompt = QString::fromStdString(s.studio().sampling().prompt);
        report::PictureRow row = windows::presentReport(s.window).pictures.constFirst();
        QVERIFY(row.caption.contains(prompt) && row.note.isEmpty() && !row.recipe);

        s.setWeights("int4");
        row = windows::presentReport(s.window).pictures.constFirst();
        QVERIFY(row.note.contains(QStringLiteral("another recipe")) && row.recipe && row.recipe->rules.empty());
        QVERIFY(reportIn(s).contains(QStringLiteral("another recipe")));
        ldm::GenerateSettings sampling = s.studio().sampling();
        sampling.prompt = "banana";
        s.studio().setSampling(sampling);
        row = windows::presentReport(s.window).pictures.constFirst();
        QVERIFY(row.caption.contains(prompt) && !row.caption.contains(QStringLiteral("banana")));
        QVERIFY(row.note.contains(QStringLiteral("another prompt")));

        s.strip().setFocus();
        QTest::keyClick(&s.strip(), Qt::Key_Home);
        row = windows::presentReport(s.window).pictures.constFirst();
        QVERIFY(row.caption.contains(prompt) && row.recipe && row.recipe->rules.empty());
        for (const report::ReportPicture& picture : std::as_const(row.pictures))
            QVERIFY2(picture.name.contains(QStringLiteral("after step 1")), qPrintable(picture.name));
    }

    void theReportSaysThatPicturesAreBeingMade() {
        Studio s;
        s.open();
        QSignalSpy steps(&s.engine(), &jobs::Engine::fullPreviewed);
        s.setSteps(kManySteps);
        s.studio().requestPreview();
        QTRY_VERIFY_WITH_TIMEOUT(!steps.isEmpty(), kLongestMs);
        QVERIFY(reportIn(s).contains(QStringLiteral("being made when this report was written")));
        s.run("run.stop");
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
    }

    void aPairOfTheGridIsReportedWithItsOwnPromptAndSeed() {
        Studio s;
        s.open();
        s.setWeights("int4");
        s.gridPane().setPrompts({QStringLiteral("a red apple"), QStringLiteral("a cat")});
        s.run("pictures.makeGrid");
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        s.run("precision.clear");
        s.gridPane().grid()->setCurrentCell(1, 1);
        const report::PictureRow row = windows::presentReport(s.window).pictures.constFirst();
        const std::uint64_t seed = s.studio().sampling().seed + 1;
        QVERIFY2(row.caption.contains(QStringLiteral("“a cat”, seed %1,").arg(seed)), qPrintable(row.caption));
        QVERIFY(row.recipe && row.recipe->rules.size() == 1);
    }

    void aGridNeedsPromptsAndRecipes() {
        Studio s;
        s.open();
        s.gridPane().setPrompts({});
        s.run("pictures.makeGrid");
        QVERIFY(s.isIdle());
        QCOMPARE(s.gridPane().grid()->rowCount(), 0);
        s.run("pictures.export"); // says what to do first
        QVERIFY(s.window.messageBar()->isVisible());
        s.gridPane().setViewState({{"prompts", QJsonArray{"one", 3, "two"}}});
        QCOMPARE(s.gridPane().prompts(), QStringList({"one", "two"}));
    }

    void everyControlHasANameATipAndATabStop() {
        Studio s;
        s.open();
        s.run("pictures.grid");
        for (QWidget* pane : {static_cast<QWidget*>(&s.pane()), static_cast<QWidget*>(&s.gridPane())}) {
            QVERIFY(!pane->accessibleName().isEmpty());
            s.window.showDock(pane == &s.pane() ? QStringLiteral("dock.comparison") : QStringLiteral("dock.grid"));
            for (const QWidget* child : pane->findChildren<QWidget*>()) {
                const bool isInner = child->objectName().startsWith(QLatin1String("qt_")) ||
                                     child->inherits("QHeaderView") || child->inherits("QTableCornerButton");
                if (!child->isVisible() || isInner || child->focusPolicy() == Qt::NoFocus) continue;
                QVERIFY2(child->focusPolicy() & Qt::TabFocus, child->metaObject()->className());
                const auto* button = qobject_cast<const QAbstractButton*>(child); // read by its text
                const bool isLabelled = !child->accessibleName().isEmpty() || (button && !button->text().isEmpty());
                QVERIFY2(isLabelled, qPrintable(child->objectName()));
            }
        }
    }
};

NOISEFLOOR_TEST(ComparisonPaneTest)
#include "tst_comparisonpane.moc"
