#include "support/testmain.h"

#include <app/windows/mainwindow.h>

#include <QDockWidget>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <cmath>

using namespace app;
using analysis::Goal;
using analysis::Metric;

namespace {

constexpr int kLongestMs = 240'000; ///< for real work under a sanitizer on a slow machine; never waited for otherwise
const QString kModel = QStringLiteral("emoji-ldm");
const QString kBlock = QStringLiteral("unet.mid_block");
const quant::Format kW8A8 = quant::parseFormat("w8a8");

/// A window with the small embedded model, few steps, and the pane of the search open.
struct Studio {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    windows::MainWindow window{(settings.set(session::kAnalysisSteps, 2), settings.set(session::kAskToSave, false),
                                settings.set(session::kAutomaticPreview, false),
                                settings.set(session::kSearchFormats, QStringLiteral("w4a8,w8a8")), settings)};

    Studio() { window.show(); }

    void open() {
        window.open(kModel);
        QTRY_VERIFY_WITH_TIMEOUT(document().hasModel() && isIdle(), kLongestMs);
        run("run.search");
    }
    void measure() {
        open();
        child<QPushButton>("searchMeasureMaps")->click();
        QTRY_VERIFY_WITH_TIMEOUT(isIdle() && finder().missingMaps().empty(), kLongestMs);
        QVERIFY2(finder().result(), qPrintable(finder().obstacle()));
    }

    windows::SearchPane& pane() { return *window.searchPane(); }
    session::RecipeFinder& finder() { return window.searchPane()->finder(); }
    session::StudioDocument& document() { return window.studio().document(); }
    bool isIdle() { return !window.studio().engine().isBusy(); }
    void run(const char* id) { window.command(QLatin1String(id))->trigger(); }
    template <class Widget> Widget* child(const char* name) { return window.findChild<Widget*>(QLatin1String(name)); }
    void choose(const char* box, int value) {
        auto* choice = child<QComboBox>(box);
        choice->setCurrentIndex(choice->findData(value));
        Q_EMIT choice->activated(choice->currentIndex());
    }
    /// All that the lines under the picture say.
    QString said() {
        QString text;
        for (const QLabel* label : window.searchPane()->findChildren<QLabel*>())
            text += label->text() + QLatin1Char('\n');
        return text;
    }
};

} // namespace

class SearchPaneTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theCommandShowsThePaneAndTheViewMenuHidesIt() {
        Studio s;
        auto* dock = s.child<QDockWidget>("dock.search");
        s.open();
        QVERIFY(s.pane().isVisible());
        dock->toggleViewAction()->trigger();
        QVERIFY(!s.pane().isVisible());
        s.run("run.search");
        QVERIFY(s.pane().isVisible());
    }

    void roughResultsComeFromTheFirstMapsAndSaySo() {
        Studio s;
        s.open();
        QVERIFY2(s.finder().result(), qPrintable(s.finder().obstacle()));
        QVERIFY(s.pane().notice().contains(QLatin1String("w4a8")));
        QVERIFY(s.said().contains(QLatin1String("not end to end")));
        QVERIFY(s.child<QPushButton>("searchMeasureMaps")->isEnabled());
    }

    void aSearchFromMapsToAnAppliedRecipe() {
        Studio s;
        s.measure();
        QVERIFY(!s.child<QPushButton>("searchMeasureMaps")->isEnabled());
        QCOMPARE(s.pane().notice(), QString());
        QVERIFY(s.said().contains(QLatin1String("end to end, from the final map")));
        QVERIFY(s.window.budgetBar()->values().predictionBasis.startsWith(QLatin1String("end to end")));
        QVERIFY(s.pane().plot()->data().best.size() > 2);
        auto* rules = s.child<QTableWidget>("searchRules");
        QCOMPARE(rules->rowCount(), int(s.finder().result()->recipe.rules.size()) + 1);

        slideThroughAllTargets(s);
        aimWhereNothingIs(s);
        lockAndUnlock(s);
        const quant::Recipe before = s.document().recipe();
        QTRY_VERIFY(s.child<QPushButton>("searchApply")->isEnabled()); // worked out anew after the locks
        const int steps = s.document().undoStack().count();
        s.child<QPushButton>("searchApply")->click();
        QCOMPARE(s.document().undoStack().count(), steps + 1);
        QVERIFY(s.document().recipe() == s.finder().result()->recipe);
        s.run("edit.undo");
        QVERIFY(s.document().recipe() == before);
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        measureAndStop(s);
        measureAndRepair(s);
    }

    void thePresentRecipeIsMeasuredByItselfAndTheBudgetTellsWhileItHolds() {
        Studio s;
        s.open();
        const auto told = [&s] { return s.window.budgetBar()->values().measuredDb; };
        QVERIFY(std::isnan(told()));
        s.run("precision.measure");
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && !std::isnan(told()), kLongestMs);
        const double measured = told();
        QVERIFY(measured > 0 && measured < 100);
        QVERIFY(bool(s.document().setBlockFormat({{kBlock.toStdString()}, quant::WeightFormat::Int4, std::nullopt})));
        QVERIFY(std::isnan(told()));
        s.run("edit.undo");
        QCOMPARE(told(), measured);
        s.finder().setTarget({Goal::MinSqnr, measured + 1, analysis::Saving::Bytes});
        QVERIFY(!s.window.budgetBar()->verdict()->holds);
        s.finder().setTarget({Goal::MinSqnr, measured - 1, analysis::Saving::Bytes});
        QVERIFY(s.window.budgetBar()->verdict()->holds);
    }

    void aFormatIsAddedByItsNameAndARefusedOneIsTold() {
        Studio s;
        s.open();
        auto* name = s.child<QLineEdit>("searchAddFormat");
        name->setText(QStringLiteral("w9a9"));
        QTest::keyClick(name, Qt::Key_Return);
        QVERIFY2(s.pane().notice().contains(QLatin1String("w9a9")), qPrintable(s.pane().notice()));
        QCOMPARE(s.finder().formats().size(), std::size_t(2));
        name->setText(QStringLiteral("w4a16"));
        QTest::keyClick(name, Qt::Key_Return);
        QCOMPARE(s.finder().formats().size(), std::size_t(3));
        auto* list = s.child<QListWidget>("searchFormats");
        const auto items = list->findItems(QStringLiteral("w4a16"), Qt::MatchExactly);
        QCOMPARE(items.size(), 1);
        QCOMPARE(items[0]->checkState(), Qt::Checked);
        items[0]->setCheckState(Qt::Unchecked);
        QCOMPARE(s.finder().formats().size(), std::size_t(2));
    }

    void everyControlOfThePaneHasANameAndATabStop() {
        Studio s;
        s.open();
        QVERIFY(!s.pane().accessibleName().isEmpty());
        for (const QWidget* child : s.pane().findChildren<QWidget*>()) {
            const bool isInner = child->objectName().startsWith(QLatin1String("qt_")) ||
                                 child->inherits("QHeaderView") || child->inherits("QTableCornerButton");
            if (!child->isVisible() || isInner || child->focusPolicy() == Qt::NoFocus) continue;
            const auto* button = qobject_cast<const QAbstractButton*>(child); // read by its text
            QVERIFY2(child->focusPolicy() & Qt::TabFocus, child->metaObject()->className());
            QVERIFY2(!child->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
                     child->metaObject()->className());
        }
    }

private:
    /// The slider asks for a recipe at every step, and each keeps to its target.
    void slideThroughAllTargets(Studio& s) {
        auto* slider = s.child<QSlider>("searchSlider");
        for (const Goal goal : {Goal::MaxBytes, Goal::MaxBops, Goal::MaxMeanBits, Goal::MinSqnr}) {
            s.choose("searchGoal", int(goal));
            for (int position = slider->minimum(); position <= slider->maximum(); position += 50) {
                slider->setValue(position);
                QVERIFY2(s.finder().result(), qPrintable(s.finder().obstacle()));
                const analysis::SearchResult& found = *s.finder().result();
                const double value = s.finder().target().value;
                if (goal == Goal::MaxBytes) QVERIFY(double(found.cost.bytes) <= value);
                if (goal == Goal::MaxBops) QVERIFY(found.cost.bops <= value * (1 + 1e-9));
                if (goal == Goal::MaxMeanBits) QVERIFY(found.cost.meanWeightBits <= value * (1 + 1e-9));
                if (goal == Goal::MinSqnr) QVERIFY(*found.predicted.db >= value - 1e-6);
            }
        }
        const auto& points = s.pane().plot()->data().best;
        Q_EMIT s.pane().plot()->picked(points[points.size() / 2]);
        QVERIFY(s.finder().result());
        QVERIFY(std::abs(s.finder().target().value - points[points.size() / 2].db) < 1e-6);
    }

    void aimWhereNothingIs(Studio& s) {
        auto* value = s.child<QDoubleSpinBox>("searchValue");
        const double before = value->value();
        value->setValue(200);
        QVERIFY(!s.finder().result());
        QVERIFY2(s.pane().notice().contains(QLatin1String("nearest")), qPrintable(s.pane().notice()));
        QVERIFY(!s.child<QPushButton>("searchApply")->isEnabled());
        value->setValue(before);
        QVERIFY(s.finder().result());
        QCOMPARE(s.pane().notice(), QString());
    }

    void lockAndUnlock(Studio& s) {
        s.window.blocksPane()->table()->selectBlock(kBlock);
        s.child<QPushButton>("searchLock")->click();
        auto* locks = s.child<QListWidget>("searchLocks");
        QCOMPARE(locks->count(), 1);
        QCOMPARE(locks->item(0)->text(), QStringLiteral("unet.mid_block at w8a8"));
        const auto* blocks = s.window.blocksPane()->table()->model();
        QVERIFY(blocks->indexOf(kBlock).data().toString().contains(QLatin1String("locked")));
        for (const quant::Rule& rule : s.finder().result()->recipe.rules)
            if (rule.match == kBlock.toStdString()) QVERIFY(!rule.weights || *rule.weights == kW8A8.weights);
        locks->item(0)->setSelected(true);
        s.child<QPushButton>("searchUnlock")->click();
        QVERIFY(s.document().locks().empty());
        QVERIFY(!blocks->indexOf(kBlock).data().toString().contains(QLatin1String("locked")));
        s.run("precision.lock");
        QCOMPARE(s.document().locks().size(), std::size_t(1));
        s.run("precision.unlock");
        QVERIFY(s.document().locks().empty());
    }

    void measureAndStop(Studio& s) {
        auto* measure = s.child<QPushButton>("searchMeasure");
        measure->click();
        QVERIFY(s.finder().isSearching());
        QVERIFY(!measure->isEnabled());
        s.run("run.stop");
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(measure->isEnabled());
        QCOMPARE(s.pane().notice(), QString()); // a stop is not an error

        measure->click();
        auto* slider = s.child<QSlider>("searchSlider");
        slider->setValue(slider->value() == 100 ? 200 : 100); // what is being measured is not wanted any more
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle(), kLongestMs);
        QVERIFY(!s.finder().result()->measuredDb);
    }

    void measureAndRepair(Studio& s) {
        const double target = s.finder().target().value;
        s.child<QPushButton>("searchMeasure")->click();
        QTRY_VERIFY_WITH_TIMEOUT(s.isIdle() && s.finder().result()->measuredDb, kLongestMs);
        const analysis::SearchResult found = *s.finder().result();
        QVERIFY(*found.measuredDb >= target || !found.reached);
        QVERIFY(s.said().contains(QLatin1String("Measured")));
        QVERIFY(s.pane().plot()->data().measured);
        s.child<QPushButton>("searchApply")->click();
        QVERIFY(s.document().recipe() == found.recipe);
        QVERIFY(s.finder().result()->measuredDb); // still says what was measured
        s.choose("searchGoal", int(Goal::MaxBytes));
        QVERIFY(!s.finder().result()->measuredDb);
    }
};

NOISEFLOOR_TEST(SearchPaneTest)
#include "tst_searchpane.moc"
