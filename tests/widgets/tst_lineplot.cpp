#include "support/testmain.h"
#include "widgets/events.h"

#include <widgets/lineplot.h>

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QToolButton>

#include <limits>

using namespace widgets;

namespace {

LineData sample() {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {QStringLiteral("Ranges of a"),
            QStringLiteral("t"),
            QStringLiteral("input"),
            {951, 501, 51},
            true,
            {{QStringLiteral("largest"), {4, 3, 2.5}}, {QStringLiteral("smallest"), {-4, none, -1}}}};
}

struct Shown {
    LinePlot widget;
    QWidget* canvas = nullptr;

    explicit Shown(const LineData& data) {
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
};

} // namespace

class LinePlotTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theMouseReadsOutEveryPlaceTheLargestFirst() {
        Shown shown(sample());
        QStringList read;
        for (int x = 0; x < shown.canvas->width(); x += 2) {
            events::move(shown.canvas, {double(x), shown.canvas->height() / 3.0});
            if (read.isEmpty() || read.last() != shown.widget.readOut()) read << shown.widget.readOut();
        }
        read.removeAll(QString()); // beside the axes
        QCOMPARE(read,
                 QStringList({"t 951: largest 4, smallest -4", "t 501: largest 3", "t 51: largest 2.5, smallest -1"}));
    }

    void arrowKeysGoFromPlaceToPlace() {
        Shown shown(sample());
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), QStringLiteral("t 951: largest 4, smallest -4"));
        QTest::keyClick(shown.canvas, Qt::Key_Right);
        QCOMPARE(shown.widget.readOut(), QStringLiteral("t 501: largest 3"));
        QTest::keyClick(shown.canvas, Qt::Key_PageDown);
        QCOMPARE(shown.widget.readOut(), QStringLiteral("t 51: largest 2.5, smallest -1"));
        QAccessibleInterface* canvas = QAccessible::queryAccessibleInterface(shown.canvas);
        QCOMPARE(canvas->text(QAccessible::Description), shown.widget.readOut());
    }

    void aClickMakesAPlaceTheCurrentOne() {
        Shown shown(sample());
        QTest::mouseClick(shown.canvas, Qt::LeftButton, {}, shown.canvas->rect().center());
        QTest::mouseMove(shown.canvas, {1, 1});
        events::move(shown.canvas, {1, 1});
        QCOMPARE(shown.widget.readOut(), QStringLiteral("t 501: largest 3"));
    }

    void theTableHoldsTheSameValuesAndIsCopied() {
        Shown shown(sample());
        shown.widget.setTableShown(true);
        auto* table = shown.widget.findChild<FactTable*>();
        QVERIFY(table->isVisible() && !shown.canvas->isVisible());
        QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QStringLiteral("t\tlargest\tsmallest\n951\t4\t-4\n501\t3\t\n51\t2.5\t-1\n"));
        table->setCurrentIndex(table->model()->index(2, 0));
        QCOMPARE(shown.widget.readOut(), QStringLiteral("t 51: largest 2.5, smallest -1"));
    }

    void everyLineIsDrawnAndAPointWhereThereIsOneValue() {
        LineData data = sample();
        Shown shown(data);
        QImage before = shown.draw();
        data.series[0].values[1] = 3.5; // within the range that is drawn
        shown.widget.setData(data);
        QImage after = shown.draw();
        QVERIFY(before != after);
        data.places = {951};
        for (LineSeries& series : data.series) series.values = {1};
        shown.widget.setData(data);
        before = shown.draw();
        data.series.clear();
        shown.widget.setData(data);
        QVERIFY(before != shown.draw());
    }

    void withoutPlacesThereAreWordsInstead() {
        Shown shown({});
        QVERIFY(!shown.canvas->isVisible());
        QVERIFY(!shown.widget.findChild<QToolButton*>()->isEnabled());
    }

    void aDarkPaletteChangesTheBackground() {
        Shown shown(sample());
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        shown.widget.setPalette(dark);
        QCOMPARE(shown.draw().pixelColor(1, 1), QColor(Qt::black));
    }
};

NOISEFLOOR_TEST(LinePlotTest)
#include "tst_lineplot.moc"
