;; Arithmetic of the page, sixteen bytes at a time. The bytes that wat2wasm makes of this file stand
;; in kernel.js. Places are bytes from the beginning of the memory, multiples of 16.
(module
  (import "lmkit" "memory" (memory 1))

  ;; out[r] += scale[r] * factor * sum over c of matrix[r][c] * x[c]
  ;; Four lanes of int32 sums, twice, so that 4,096 columns of full range cannot overflow.
  (func (export "add_product")
    (param $matrix i32)   ;; int8, rows x columns
    (param $x i32)        ;; int16, columns
    (param $scale i32)    ;; float32, rows
    (param $out i32)      ;; float32, rows
    (param $rows i32)
    (param $columns i32)  ;; a multiple of 16, at least 16
    (param $factor f32)
    (local $end i32) (local $at i32) (local $low v128) (local $high v128) (local $sixteen v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $columns) (i32.const 1))))
    (loop $row
      (local.set $at (local.get $x))
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (loop $column
        (local.set $sixteen (v128.load (local.get $matrix)))
        (local.set $low (i32x4.add (local.get $low)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $sixteen))
            (v128.load (local.get $at)))))
        (local.set $high (i32x4.add (local.get $high)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $sixteen))
            (v128.load offset=16 (local.get $at)))))
        (local.set $matrix (i32.add (local.get $matrix) (i32.const 16)))
        (br_if $column (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 32))) (local.get $end))))
      (local.set $low (f32x4.add
        (f32x4.convert_i32x4_s (local.get $low)) (f32x4.convert_i32x4_s (local.get $high))))
      (f32.store (local.get $out) (f32.add (f32.load (local.get $out))
        (f32.mul (f32.mul (f32.load (local.get $scale)) (local.get $factor))
          (call $lane_sum (local.get $low)))))
      (local.set $scale (i32.add (local.get $scale) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; values[i] = exp(values[i] - shift), of a multiple of 4 values; returns their sum
  (func (export "exponentials") (param $at i32) (param $count i32) (param $shift f32) (result f32)
    (local $end i32) (local $sum v128) (local $four v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (loop $next
      (local.set $four (call $exp (f32x4.sub
        (v128.load (local.get $at)) (f32x4.splat (local.get $shift)))))
      (v128.store (local.get $at) (local.get $four))
      (local.set $sum (f32x4.add (local.get $sum) (local.get $four)))
      (br_if $next (i32.lt_u
        (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (call $lane_sum (local.get $sum)))

  ;; values[i] = scale / (1 + exp(-scale * values[i])) + 1 - scale, of a multiple of 4 values:
  ;; the logistic function for a scale of 1, the hyperbolic tangent for 2
  (func (export "squash") (param $at i32) (param $count i32) (param $scale f32)
    (local $end i32) (local $scales v128) (local $ones v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $scales (f32x4.splat (local.get $scale)))
    (local.set $ones (f32x4.splat (f32.const 1)))
    (loop $next
      (v128.store (local.get $at) (f32x4.add
        (f32x4.div (local.get $scales) (f32x4.add (local.get $ones)
          (call $exp (f32x4.neg (f32x4.mul (local.get $scales) (v128.load (local.get $at)))))))
        (f32x4.sub (local.get $ones) (local.get $scales))))
      (br_if $next (i32.lt_u
        (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  (func $lane_sum (param $four v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $four)) (f32x4.extract_lane 1 (local.get $four)))
      (f32.add (f32x4.extract_lane 2 (local.get $four)) (f32x4.extract_lane 3 (local.get $four)))))

  ;; exp(x) = 2^n exp(r) with r at most half of ln 2, and exp(r) by a polynomial (Cephes)
  (func $exp (param $x v128) (result v128)
    (local $n v128) (local $p v128)
    (local.set $x (f32x4.max (f32x4.min (local.get $x)
      (f32x4.splat (f32.const 88))) (f32x4.splat (f32.const -87))))
    (local.set $n (f32x4.nearest (f32x4.mul (local.get $x) (f32x4.splat (f32.const 1.44269504)))))
    (local.set $x (f32x4.sub
      (f32x4.sub (local.get $x) (f32x4.mul (local.get $n) (f32x4.splat (f32.const 0.693359375))))
      (f32x4.mul (local.get $n) (f32x4.splat (f32.const -2.12194440e-4)))))
    (local.set $p (f32x4.splat (f32.const 1.9875691500e-4)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 1.3981999507e-3))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 8.3334519073e-3))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 4.1665795894e-2))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 1.6666665459e-1))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 5.0000001201e-1))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 1))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $x)) (f32x4.splat (f32.const 1))))
    (f32x4.mul (local.get $p) (i32x4.shl
      (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $n)) (i32x4.splat (i32.const 127)))
      (i32.const 23)))))
