#include "support/testmain.h"

#include "smallmodel.h"
#include "support/madeuplatency.h"

#include <app/windows/recipepane.h>

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTextBlock>

using namespace app;
using models::RuleModel;

namespace {

constexpr int kPauseMs = 5000; ///< the pane's own pause is far shorter
const quant::Format kW8A8 = quant::parseFormat("w8a8");

/// The pane over a studio with the small model, shown.
struct Pane {
    QTemporaryDir folder;
    session::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
    session::Studio studio{(settings.set(session::kAutomaticPreview, false), settings)};
    windows::RecipePane pane{studio};

    Pane() {
        studio.stop();
        document().setModel(support::smallModel());
        pane.resize(700, 900);
        pane.show();
    }
    session::StudioDocument& document() { return studio.document(); }
    widgets::CodeEditor* editor() { return pane.text()->editor(); }
    QString text() { return editor()->toPlainText(); }
    QString recipeText() { return QString::fromStdString(quant::toJson(document().recipe())); }
    template <class Widget> Widget* child(const char* name) { return pane.findChild<Widget*>(QLatin1String(name)); }
    QString cell(int row, int column) {
        return pane.rules()->model()->index(row, column).data(Qt::DisplayRole).toString();
    }
    void toggle(const char* block, quant::WeightFormat format) {
        QVERIFY(bool(document().setBlockFormat({{block}, format, std::nullopt})));
    }
    /// Puts the cursor behind the first occurrence of a text and selects nothing.
    void cursorBehind(const QString& what) {
        QTextCursor cursor = editor()->document()->find(what);
        QVERIFY(!cursor.isNull());
        cursor.setPosition(cursor.selectionEnd());
        editor()->setTextCursor(cursor);
    }
    /// A toggle, rules in another order, a row of the table edited, moved or deleted, another default, undo or redo.
    void editSomehow(QRandomGenerator& random) {
        constexpr const char* kBlocks[] = {"unet.conv_in", "unet.mid_block", "unet.conv_out"};
        constexpr const char* kPatterns[] = {"unet.**", "unet.conv*", "unet.mid_block.a", "unet.mid_block"};
        const char* pattern = kPatterns[random.bounded(4)];
        models::RuleModel& table = *pane.rules()->model();
        const int row = table.rowCount() > 0 ? int(random.bounded(table.rowCount())) : -1;
        quant::Recipe recipe = document().recipe();
        switch (random.bounded(10)) {
        case 0:
            return document().undoStack().undo();
        case 1:
            return document().undoStack().redo();
        case 2:
            return table.insert(row, {pattern, quant::WeightFormat::Int4, {}, {}, ""});
        case 3:
            table.setData(table.index(row, RuleModel::Match), QLatin1String(pattern), Qt::EditRole);
            return;
        case 4:
            return table.move(row, random.bounded(2) == 0 ? -1 : 1);
        case 5:
            return table.remove({row});
        case 6:
            std::reverse(recipe.rules.begin(), recipe.rules.end());
            recipe.rules.insert(recipe.rules.begin(),
                                {pattern, {}, quant::ActivationFormat::Int16, {{0, 499}}, "early"});
            QVERIFY(bool(document().editRecipe(QStringLiteral("turn round"), recipe)));
            return;
        case 7:
            QVERIFY(bool(document().setDefaultFormat(quant::parseFormat(random.bounded(2) == 0 ? "w8a8" : "w4a16"))));
            return;
        default:
            toggle(kBlocks[random.bounded(3)],
                   random.bounded(2) == 0 ? quant::WeightFormat::Int4 : quant::WeightFormat::Fp16);
        }
    }
    void applyByKey() { QTest::keyClick(editor(), Qt::Key_Return, Qt::ControlModifier); }
    void replaceAll(const QString& with) {
        editor()->selectAll();
        editor()->insertPlainText(with);
    }
};

} // namespace

class RecipePaneTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theTextIsTheRecipeAndFollowsEdits() {
        Pane p;
        QCOMPARE(p.text(), p.recipeText());
        p.toggle("unet.mid_block", quant::WeightFormat::Int4);
        QCOMPARE(p.text(), p.recipeText());
        QVERIFY(p.text().contains(QLatin1String("unet.mid_block")));
        QCOMPARE(p.cell(0, RuleModel::Match), QStringLiteral("unet.mid_block"));
        p.document().undoStack().undo();
        QCOMPARE(p.text(), p.recipeText());
        QCOMPARE(p.pane.rules()->model()->rowCount(), 0);
    }

    void textAndTableStayInStepUnderAllKindsOfEdits() {
        Pane p;
        const QAbstractItemModelTester tester(p.pane.rules()->model(),
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        QRandomGenerator random(5);
        for (int round = 0; round < 300; ++round) {
            p.editSomehow(random);
            QCOMPARE(p.text(), p.recipeText());
            const models::RuleModel& table = *p.pane.rules()->model();
            QVERIFY(table.rules() == p.document().recipe().rules);
            QVERIFY(table.facts() == models::ruleFacts(p.document().recipe().rules, p.document().model()));
        }
        while (p.document().undoStack().canUndo()) p.document().undoStack().undo();
        QCOMPARE(p.text(), p.recipeText());
        while (p.document().undoStack().canRedo()) p.document().undoStack().redo();
        QCOMPARE(p.text(), p.recipeText());
    }

    void anEditElsewhereLeavesTheCursorWhereItIs() {
        Pane p;
        p.cursorBehind(QStringLiteral("\"name\": \"untitled"));
        const int before = p.editor()->textCursor().position();
        p.toggle("unet.mid_block", quant::WeightFormat::Int4);
        QCOMPARE(p.editor()->textCursor().position(), before);
    }

    void typedTextBecomesOneStepAfterAPause() {
        Pane p;
        p.cursorBehind(QStringLiteral("untitled"));
        QTest::keyClicks(p.editor(), QStringLiteral(" one"));
        QCOMPARE(p.document().recipe().name, std::string("untitled"));
        QVERIFY(p.pane.text()->status().contains(QLatin1String("Not applied yet")));
        QTRY_COMPARE_WITH_TIMEOUT(p.document().recipe().name, std::string("untitled one"), kPauseMs);
        QCOMPARE(p.document().undoStack().count(), 1);
        p.document().undoStack().undo();
        QCOMPARE(p.document().recipe().name, std::string("untitled"));
        QCOMPARE(p.text(), p.recipeText());
    }

    void controlReturnAppliesAtOnceAndKeepsTheTextAsTyped() {
        Pane p;
        const QString typed = QStringLiteral("{\"noisefloor_recipe\": 1,\n\n   \"default\": {\"weights\": \"int4\", "
                                             "\"activations\": \"int8\"}}");
        p.replaceAll(typed);
        p.applyByKey();
        QVERIFY(p.document().recipe().base == quant::parseFormat("w4a8"));
        QCOMPARE(p.text(), typed);
        QCOMPARE(p.document().undoStack().count(), 1);
    }

    void undoBelongsToTheEditorWhileTypingAndToTheWindowElse() {
        Pane p;
        p.cursorBehind(QStringLiteral("untitled"));
        QTest::keyClicks(p.editor(), QStringLiteral("x"));
        QTest::keyClick(p.editor(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(p.text(), p.recipeText());
        QTest::keyClicks(p.editor(), QStringLiteral("y"));
        p.applyByKey();
        QCOMPARE(p.document().recipe().name, std::string("untitledy"));
        QKeyEvent undo(QEvent::ShortcutOverride, Qt::Key_Z, Qt::ControlModifier);
        undo.ignore();
        QCoreApplication::sendEvent(p.editor(), &undo);
        QVERIFY(!undo.isAccepted()); // left to the window's command
    }

    void wrongTextIsToldWithItsPlaceAndChangesNothing() {
        Pane p;
        p.replaceAll(QStringLiteral("{\"noisefloor_recipe\": 1,\n \"nam\": \"a\"}"));
        p.applyByKey();
        const QString said = p.pane.text()->status();
        QVERIFY2(said.startsWith(QLatin1String("Line 2, column 2: ")), qPrintable(said));
        QVERIFY2(said.contains(QLatin1String("nam")) && said.contains(QLatin1String("stays in force")),
                 qPrintable(said));
        QCOMPARE(p.editor()->markedLine(), 2);
        QCOMPARE(p.document().undoStack().count(), 0);
        p.editor()->moveCursor(QTextCursor::End);
        p.child<QPushButton>("recipeGoTo")->click();
        QCOMPARE(p.editor()->textCursor().blockNumber(), 1);
        QCOMPARE(p.editor()->textCursor().positionInBlock(), 1);
    }

    void aRuleThatMatchesNothingIsMarkedInTextAndTable() {
        Pane p;
        p.replaceAll(
            QStringLiteral("{\"noisefloor_recipe\": 1,\n \"default\": {\"weights\": \"int8\", \"activations\": "
                           "\"int8\"},\n \"rules\": [\n  {\"match\": \"unet.nowhere\", \"weights\": "
                           "\"int4\"}]}"));
        p.applyByKey();
        QCOMPARE(p.editor()->markedLine(), 4);
        QVERIFY(p.pane.text()->status().contains(QLatin1String("unet.nowhere")));
        QCOMPARE(p.cell(0, RuleModel::State), QStringLiteral("matches nothing"));
        QVERIFY(p.document().recipe().rules.empty());
    }

    void textThatAnEditElsewhereReplacedCanBeHadBack() {
        Pane p;
        p.replaceAll(QStringLiteral("{ not yet"));
        p.applyByKey();
        p.toggle("unet.mid_block", quant::WeightFormat::Int4);
        QCOMPARE(p.text(), p.recipeText());
        auto* back = p.child<QPushButton>("recipeBringBack");
        QVERIFY(back->isVisible());
        back->click();
        QCOMPARE(p.text(), QStringLiteral("{ not yet"));
        QVERIFY(!back->isVisible());
    }

    void rulesAreAddedEditedAndDeletedInTheTable() {
        Pane p;
        p.pane.setSelectedBlocks({QStringLiteral("unet.mid_block")});
        p.child<QPushButton>("ruleAdd")->click();
        QCOMPARE(p.document().recipe().rules.size(), std::size_t(1));
        QCOMPARE(p.cell(0, RuleModel::Reach), QStringLiteral("2 layers in 1 block"));
        auto* line = p.pane.rules()->view()->findChild<QLineEdit*>();
        QVERIFY(line); // ready to be given another pattern
        line->setText(QStringLiteral("unet.conv*"));
        QTest::keyClick(line, Qt::Key_Return);
        QTRY_COMPARE(p.document().recipe().rules[0].match, std::string("unet.conv*"));
        QVERIFY(p.text().contains(QLatin1String("unet.conv*")));
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete); // the line
        QTest::keyClick(p.pane.rules()->view(), Qt::Key_Insert);
        QTest::keyClick(p.pane.rules()->view()->findChild<QLineEdit*>(), Qt::Key_Escape);
        QCOMPARE(p.document().recipe().rules.size(), std::size_t(2));
        QTest::keyClick(p.pane.rules()->view(), Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(p.document().recipe().rules[0].match, std::string("unet.mid_block"));
        p.pane.rules()->view()->selectRow(0);
        QTest::keyClick(p.pane.rules()->view(), Qt::Key_Delete);
        QCOMPARE(p.document().recipe().rules.size(), std::size_t(1));
        QCOMPARE(p.document().undoStack().count(), 5);
        while (p.document().undoStack().canUndo()) p.document().undoStack().undo();
        QVERIFY(p.document().recipe().rules.empty());
        QCOMPARE(p.text(), p.recipeText());
    }

    void aTableEditThatFitsNothingStaysAsADraft() {
        Pane p;
        p.toggle("unet.mid_block", quant::WeightFormat::Int4);
        const QModelIndex match = p.pane.rules()->model()->index(0, RuleModel::Match);
        QVERIFY(p.pane.rules()->model()->setData(match, QStringLiteral("unet.nowhere"), Qt::EditRole));
        QCOMPARE(p.document().recipe().rules[0].match, std::string("unet.mid_block"));
        QCOMPARE(p.cell(0, RuleModel::State), QStringLiteral("matches nothing"));
        QVERIFY(p.text().contains(QLatin1String("unet.nowhere")));
        QVERIFY(p.pane.text()->status().contains(QLatin1String("unet.nowhere")));
        p.document().undoStack().undo();
        QCOMPARE(p.text(), p.recipeText());
    }

    void treatmentsAreSwitchedAndUndone() {
        Pane p;
        p.child<QCheckBox>("splitSkips")->click();
        QVERIFY(p.document().recipe().splitSkips);
        auto* smoothing = p.child<QGroupBox>("smoothing");
        smoothing->setChecked(true);
        QVERIFY(p.document().recipe().smoothing.has_value());
        QCOMPARE(p.child<QLabel>("smoothingReach")->text(), QStringLiteral("matches 4 of 4 layers"));
        auto* layers = p.child<QLineEdit>("smoothingLayers");
        layers->setText(QStringLiteral("unet.mid_block, unet.conv_in = 0.25"));
        Q_EMIT layers->editingFinished();
        const auto modules = p.document().recipe().smoothing->modules;
        QCOMPARE(modules.size(), std::size_t(2));
        QVERIFY(!modules[0].alpha && modules[1].alpha == 0.25);
        p.child<QCheckBox>("smoothingSearched")->setChecked(false);
        QVERIFY(p.document().recipe().smoothing->alpha == 0.5);
        p.child<QDoubleSpinBox>("smoothingAlpha")->setValue(0.75);
        QVERIFY(p.document().recipe().smoothing->alpha == 0.75);
        auto* range = p.child<QComboBox>("calibrationRange");
        range->setCurrentIndex(range->findData(QStringLiteral("percentile")));
        Q_EMIT range->activated(range->currentIndex());
        QCOMPARE(p.document().recipe().calibration.range, std::string("percentile"));
        QVERIFY(p.child<QDoubleSpinBox>("calibrationPercentile")->isEnabled());
        QCOMPARE(p.document().undoStack().count(), 6);
        while (p.document().undoStack().canUndo()) p.document().undoStack().undo();
        QVERIFY(!smoothing->isChecked());
        QVERIFY(!p.child<QCheckBox>("splitSkips")->isChecked());
        QCOMPARE(p.text(), p.recipeText());
    }

    void aTreatmentThatFitsNothingIsToldAndKept() {
        Pane p;
        auto* lowRank = p.child<QGroupBox>("lowRank");
        lowRank->setChecked(true); // rank 16 is too large for weights of 4 x 8
        QVERIFY(!p.document().recipe().lowRank);
        QVERIFY(p.child<QLabel>("recipeNotes")->text().contains(QLatin1String("16")));
        QVERIFY(p.text().contains(QLatin1String("low_rank")));
        p.toggle("unet.mid_block", quant::WeightFormat::Int4);
        QVERIFY(!lowRank->isChecked());
    }

    void differencesAreShownBlockByBlockWithTheNumbersOfBoth() {
        Pane p;
        p.document().addAnalysis(support::emptyAnalysis({kW8A8}));
        for (int row = 0; row < 3; ++row) p.document().setRow({analysis::Metric::Local, kW8A8, row, {30, 30}});
        p.child<QPushButton>("recipeKeep")->click();
        p.toggle("unet.mid_block", quant::WeightFormat::Int4);
        p.pane.showDiff();
        auto* choice = p.child<QComboBox>("recipeOther");
        QTRY_COMPARE(choice->count(), 2); // as begun, and kept
        choice->setCurrentIndex(1);
        Q_EMIT choice->activated(1);
        auto* rows = p.child<QTableWidget>("recipeDifferences");
        QCOMPARE(rows->rowCount(), 1);
        QCOMPARE(rows->item(0, 0)->text(), QStringLiteral("unet.mid_block"));
        QCOMPARE(rows->item(0, 1)->text(), QStringLiteral("w4a8"));
        QCOMPARE(rows->item(0, 2)->text(), QStringLiteral("w8a8"));
        auto* summary = p.child<QTableWidget>("recipeSummary");
        QCOMPARE(summary->rowCount(), 5);
        QVERIFY(summary->item(0, 1)->text() != summary->item(0, 2)->text());
        QCOMPARE(summary->item(3, 2)->text(), QStringLiteral("25.2 dB")); // three blocks of 30 dB each
        p.document().setLatency(support::madeUpLatency(p.document().model(), {kW8A8, quant::parseFormat("w4a8")},
                                                       [](std::size_t, quant::Format) { return 1; }));
        QTRY_COMPARE(summary->rowCount(), 6);
        QCOMPARE(summary->item(3, 1)->text(), QStringLiteral("4.25 s"));
        p.child<QPushButton>("recipeRestore")->click();
        QVERIFY(p.document().recipe().rules.empty());
        QTRY_COMPARE(rows->rowCount(), 0);
        QVERIFY(p.child<QLabel>("recipeVerdict")->text().contains(QLatin1String("Nothing differs")));
        p.child<QPushButton>("recipeRemove")->click();
        QVERIFY(p.document().recipeShelf().entries().empty());
        p.document().undoStack().undo();
        QTRY_COMPARE(rows->rowCount(), 1); // against what the model began with
    }

    void layersOfABlockThatDifferAreNamedAndSoAreTreatmentsAndSteps() {
        Pane p;
        quant::Recipe recipe = p.document().recipe();
        recipe.rules = {{"unet.mid_block.a", {}, quant::ActivationFormat::Fp16, {{0, 499}}, ""}};
        recipe.splitSkips = true;
        QVERIFY(bool(p.document().editRecipe(QStringLiteral("a test"), recipe)));
        p.pane.showDiff();
        auto* rows = p.child<QTableWidget>("recipeDifferences");
        QCOMPARE(rows->rowCount(), 2);
        QCOMPARE(rows->item(0, 0)->text(), QStringLiteral("unet.mid_block.a"));
        QCOMPARE(rows->item(0, 1)->text(), QStringLiteral("w8a8, from 499 on w8afp16"));
        QCOMPARE(rows->item(1, 0)->text(), QStringLiteral("Split skips"));
    }

    void aRecipeFileIsComparedAndABadOneIsTold() {
        Pane p;
        quant::Recipe other = p.document().recipe();
        other.base = quant::parseFormat("fp16");
        const QString file = p.folder.filePath(QStringLiteral("other.recipe.json"));
        quant::saveRecipe(other, file.toStdString());
        p.pane.showDiff();
        p.pane.diff()->openFile(file);
        QCOMPARE(p.child<QComboBox>("recipeOther")->currentText(), QStringLiteral("other.recipe.json"));
        QCOMPARE(p.child<QTableWidget>("recipeDifferences")->rowCount(), 3);
        const QSignalSpy failed(&p.studio, &session::Studio::failed);
        p.pane.diff()->openFile(p.folder.filePath(QStringLiteral("none.json")));
        QCOMPARE(failed.size(), 1);
    }

    void theLookIsRememberedAndForeignOnesAreIgnored() {
        Pane p;
        p.child<QTabWidget>("recipePages")->setCurrentIndex(2);
        const QJsonObject state = p.pane.viewState();
        Pane other;
        other.pane.setViewState(state);
        QCOMPARE(other.child<QTabWidget>("recipePages")->currentIndex(), 2);
        other.pane.setViewState({{QStringLiteral("page"), 99}, {QStringLiteral("splitter"), 7}});
        QCOMPARE(other.child<QTabWidget>("recipePages")->currentIndex(), 2);
    }

    void everyControlHasANameAndATip() {
        Pane p;
        const QStringList names =
            QStringLiteral("recipeText rules ruleAdd ruleDelete ruleUp ruleDown smoothing smoothingLayers "
                           "smoothingAlpha feedback lowRank lowRankRank splitSkips timeTable calibrationPrompts "
                           "calibrationSteps calibrationRange calibrationPercentile calibrationIntervals "
                           "calibrationFile recipeOther recipeKeep recipeRestore recipeRemove recipeFile")
                .split(QLatin1Char(' '));
        for (const QString& name : names) {
            auto* control = p.child<QWidget>(qPrintable(name));
            QVERIFY2(control, qPrintable(name));
            QVERIFY2(!control->accessibleName().isEmpty(), qPrintable(name));
            QVERIFY2(!control->toolTip().isEmpty(), qPrintable(name));
        }
    }
};

NOISEFLOOR_TEST(RecipePaneTest)
#include "tst_recipepane.moc"
