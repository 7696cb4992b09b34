#pragma once

#include "differencelegend.h"

#include <widgets/comparisonlook.h>

#include <QButtonGroup>
#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QToolButton>
#include <QWidget>

namespace widgets {

/// The controls above two pictures: how they are compared.
class ComparisonTools : public QWidget {
    Q_OBJECT
public:
    explicit ComparisonTools(QWidget* parent = nullptr);

    /// Without the split, which is the pane's.
    ComparisonLook look() const;
    void setLook(const ComparisonLook& look);
    void setMeasured(const PictureDifference& difference) { m_legend->setMeasured(difference); }
    /// Whether there is salience to show.
    void setSalienceKnown(bool isKnown);
    /// As narrow as a list of the ways to compare leaves it.
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void changed();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QToolButton* addButton(const QString& text, const QString& name, const QString& tip);
    void buildModes();
    void buildDifference();
    void arrange();
    int widthWith(const QList<QWidget*>& modes) const;
    void showModes();
    void tell();

    QButtonGroup* m_modes;
    QComboBox* m_modeList; ///< in place of the buttons where there is no room for them
    QToolButton* m_linked = nullptr;
    QToolButton* m_blinking = nullptr;
    QToolButton* m_salience = nullptr;
    QLabel* m_salienceNote;
    QWidget* m_differenceRow;
    QComboBox* m_kind;
    QSpinBox* m_gain;
    QSpinBox* m_tolerance;
    DifferenceLegend* m_legend;
    bool m_quiet = false;
};

} // namespace widgets
