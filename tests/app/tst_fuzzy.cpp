#include "support/testmain.h"

#include <app/models/fuzzy.h>
#include <app/models/palettemodel.h>

#include <QAbstractItemModelTester>

using namespace app::models;

namespace {

int scoreOf(const char* pattern, const char* text) {
    const auto match = fuzzyMatch(QString::fromUtf8(pattern), QString::fromUtf8(text));
    return match ? match->score : -1;
}

PaletteEntry entry(const char* id, const char* text, const char* whyNot = "") {
    return {QLatin1String(id),
            QLatin1String(text),
            QStringLiteral("File"),
            {},
            QStringLiteral("A tip about pears"),
            QLatin1String(whyNot),
            {}};
}

QStringList shown(const PaletteModel& model) {
    QStringList ids;
    for (int row = 0; row < model.rowCount(); ++row) ids << model.entry(row).id;
    return ids;
}

} // namespace

class FuzzyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void lettersHaveToBeThereInTheirOrder() {
        QVERIFY(fuzzyMatch(QStringLiteral("sra"), QStringLiteral("Save Recipe As")));
        QVERIFY(!fuzzyMatch(QStringLiteral("asr"), QStringLiteral("Save")));
        QVERIFY(!fuzzyMatch(QStringLiteral("saved"), QStringLiteral("Save")));
        QVERIFY(fuzzyMatch(QStringLiteral("SAVE re"), QStringLiteral("Save Recipe")));
        QVERIFY(fuzzyMatch(QStringLiteral("größe"), QStringLiteral("Größe wählen")));
    }

    void anEmptyPatternFitsEverything() {
        const auto match = fuzzyMatch(QStringLiteral("  "), QStringLiteral("Quit"));
        QVERIFY(match);
        QCOMPARE(match->score, 0);
        QVERIFY(match->positions.isEmpty());
        QVERIFY(!fuzzyMatch(QStringLiteral("q"), QString()));
    }

    void beginningsOfWordsAndRowsOfLettersWin() {
        QVERIFY(scoreOf("sr", "Save Recipe") > scoreOf("sr", "Restore default"));
        QVERIFY(scoreOf("rec", "Open Recent") > scoreOf("rec", "Restore the layout, and quick"));
        QVERIFY(scoreOf("save", "Save Recipe") > scoreOf("save", "Restart all vectors, please"));
        QVERIFY(scoreOf("s", "Save") > scoreOf("s", "Always"));
    }

    /// Every placement tried by hand for short texts: none is better than the one that was found.
    void theBestPlacementIsFound() {
        const auto match = fuzzyMatch(QStringLiteral("ab"), QStringLiteral("xa-b ab"));
        QVERIFY(match);
        QCOMPARE(match->positions, (QList<int>{5, 6}));
        const auto words = fuzzyMatch(QStringLiteral("ob"), QStringLiteral("Foo Or Bar"));
        QVERIFY(words);
        QCOMPARE(words->positions, (QList<int>{4, 7}));
    }

    void whatCannotBeDoneComesLastAndIsDisabled() {
        PaletteModel model({entry("a", "Undo", "nothing to undo"), entry("b", "Unlock")}, {});
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(shown(model), (QStringList{"b", "a"}));
        model.setPattern(QStringLiteral("un"));
        QCOMPARE(shown(model), (QStringList{"b", "a"}));
        QVERIFY(model.flags(model.index(0)) & Qt::ItemIsEnabled);
        QVERIFY(!(model.flags(model.index(1)) & Qt::ItemIsEnabled));
        QVERIFY(model.index(1).data(PaletteModel::DetailRole).toString().contains(QLatin1String("nothing to undo")));
    }

    void whatWasUsedLastComesFirst() {
        PaletteModel model({entry("a", "Alpha"), entry("b", "Beta"), entry("c", "Gamma")}, {"c", "b"});
        QCOMPARE(shown(model), (QStringList{"c", "b", "a"}));
    }

    void menuAndExplanationAreSearchedToo() {
        PaletteModel model({entry("a", "Alpha"), entry("b", "Pear tree")}, {});
        model.setPattern(QStringLiteral("file al"));
        QCOMPARE(shown(model), QStringList{"a"});
        model.setPattern(QStringLiteral("pears"));
        QCOMPARE(shown(model), (QStringList{"a", "b"}));
        model.setPattern(QStringLiteral("xyz"));
        QVERIFY(shown(model).isEmpty());
    }
};

NOISEFLOOR_TEST(FuzzyTest)
#include "tst_fuzzy.moc"
