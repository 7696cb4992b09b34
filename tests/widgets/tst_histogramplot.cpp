#include "support/testmain.h"
#include "widgets/events.h"

#include <widgets/histogramplot.h>

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QSet>
#include <QToolButton>

using namespace widgets;

namespace {

/// Four bins of a half, one of them empty, with a range and a level inside it.
HistogramData sample() {
    return {QStringLiteral("Weights of a"),
            QStringLiteral("weight"),
            -1,
            0.5,
            {10, 0, 990, 1},
            {{-1, true}, {0.25, false}, {1, true}},
            QStringLiteral("int8: one step is 0.01")};
}

struct Shown {
    HistogramPlot widget;
    QWidget* canvas = nullptr;

    explicit Shown(const HistogramData& data) {
        widget.resize(460, 260);
        widget.setData(data);
        widget.show();
        for (QWidget* child : widget.findChildren<QWidget*>())
            if (child->inherits("widgets::PlotCanvas")) canvas = child;
        draw();
    }
    QImage draw() {
        QCoreApplication::processEvents();
        return canvas->grab().toImage();
    }
    FactTable* table() { return widget.findChild<FactTable*>(); }
};

} // namespace

class HistogramPlotTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyBinCanBeReadOutByTheMouse() {
        Shown shown(sample());
        QStringList read;
        for (int x = 0; x < shown.canvas->width(); x += 2) {
            events::move(shown.canvas, {double(x), shown.canvas->height() / 2.0});
            if (read.isEmpty() || read.last() != shown.widget.readOut()) read << shown.widget.readOut();
        }
        read.removeAll(sample().note); // beside the axes
        QCOMPARE(read, QStringList({"-1 to -0.5: 10 values, 0.999 %", "-0.5 to 0: 0 values, 0 %",
                                    "0 to 0.5: 990 values, 98.9 %", "0.5 to 1: 1 values, 0.0999 %"}));
    }

    void arrowKeysGoFromBinToBin() {
        Shown shown(sample());
        QCOMPARE(shown.widget.readOut(), sample().note);
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), QStringLiteral("-1 to -0.5: 10 values, 0.999 %"));
        QTest::keyClick(shown.canvas, Qt::Key_End);
        QCOMPARE(shown.widget.readOut(), QStringLiteral("0.5 to 1: 1 values, 0.0999 %"));
        for (int press = 0; press < 9; ++press) QTest::keyClick(shown.canvas, Qt::Key_Left);
        QCOMPARE(shown.widget.readOut(), QStringLiteral("-1 to -0.5: 10 values, 0.999 %"));
        QAccessibleInterface* canvas = QAccessible::queryAccessibleInterface(shown.canvas);
        QCOMPARE(canvas->text(QAccessible::Name), sample().title);
        QCOMPARE(canvas->text(QAccessible::Description), shown.widget.readOut());
    }

    void aSingleValueIsSeenOnALogarithmicScaleAndLostOnAnEvenOne() {
        const HistogramData with = sample();
        HistogramData without = with;
        without.counts[3] = 0;
        Shown shown(with);
        QVERIFY(shown.widget.isLogarithmic());
        const QImage seen = shown.draw();
        shown.widget.setData(without);
        QVERIFY(seen != shown.draw());
        auto* logarithmic =
            qobject_cast<QToolButton*>(events::childNamed(shown.widget, QStringLiteral("Logarithmic counts")));
        QTest::mouseClick(logarithmic, Qt::LeftButton);
        QVERIFY(!shown.widget.isLogarithmic());
        const QImage even = shown.draw();
        shown.widget.setData(with);
        QVERIFY(differing(even, shown.draw()) < differing(seen, even) / 20);
    }

    void marksAreLinesAcrossThePicture() {
        HistogramData data = sample();
        data.marks.clear();
        Shown shown(data);
        const QImage without = shown.draw();
        data.marks = {{0.25, false}};
        shown.widget.setData(data);
        const QImage with = shown.draw();
        QSet<int> columns;
        int rows = 0;
        for (int y = 0; y < with.height(); ++y) {
            bool isChanged = false;
            for (int x = 0; x < with.width(); ++x) {
                if (with.pixel(x, y) == without.pixel(x, y)) continue;
                columns << x;
                isChanged = true;
            }
            rows += isChanged;
        }
        QVERIFY(!columns.isEmpty() && columns.size() <= 3);
        QVERIFY(rows > 50);
    }

    void theTableHoldsTheBinsThatHoldSomethingAndIsCopied() {
        Shown shown(sample());
        shown.widget.setTableShown(true);
        QVERIFY(shown.table()->isVisible() && !shown.canvas->isVisible());
        const QString text = QStringLiteral("from\tto below\tvalues\tpercent\n-1\t-0.5\t10\t0.999\n0\t0.5\t990\t98.9\n"
                                            "0.5\t1\t1\t0.0999\n");
        QTest::keyClick(shown.table(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), text);
        shown.table()->setCurrentIndex(shown.table()->model()->index(1, 0));
        QCOMPARE(shown.widget.readOut(), QStringLiteral("0 to 0.5: 990 values, 98.9 %"));
        shown.widget.setTableShown(false);
        QGuiApplication::clipboard()->clear();
        QTest::keyClick(shown.canvas, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), text);
    }

    void theModelOfTheTableIsSound() {
        FactModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.show(factsOf(sample()));
        QCOMPARE(model.rowCount(), 3);
        QVERIFY(!model.index(3, 0).isValid());
        model.show({});
        QCOMPARE(model.columnCount(), 0);
    }

    void withoutValuesThereAreWordsInstead() {
        Shown shown({});
        shown.widget.setEmptyText(QStringLiteral("Choose a block"));
        QVERIFY(!shown.canvas->isVisible());
        QVERIFY(!events::childNamed(shown.widget, QStringLiteral("Show the histogram as a table"))->isEnabled());
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QVERIFY(shown.widget.readOut().isEmpty());
    }

    void fewerBinsForgetTheCurrentOneThatIsGone() {
        Shown shown(sample());
        QTest::keyClick(shown.canvas, Qt::Key_End);
        HistogramData fewer = sample();
        fewer.counts = {5};
        shown.widget.setData(fewer);
        QCOMPARE(shown.widget.readOut(), sample().note);
    }

    void aDarkPaletteChangesTheBackground() {
        Shown shown(sample());
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        shown.widget.setPalette(dark);
        QCOMPARE(shown.draw().pixelColor(1, 1), QColor(Qt::black));
    }

private:
    static int differing(const QImage& a, const QImage& b) {
        int count = 0;
        for (int y = 0; y < a.height(); ++y)
            for (int x = 0; x < a.width(); ++x) count += a.pixel(x, y) != b.pixel(x, y);
        return count;
    }
};

NOISEFLOOR_TEST(HistogramPlotTest)
#include "tst_histogramplot.moc"
